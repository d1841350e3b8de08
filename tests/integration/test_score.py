"""`sentistream score`, with the registry's champion on real files."""

import csv
import gzip
import io
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.ml import PipelineModel

from producer.replay.prepared import prepare
from producer.replay.source import ReplaySource
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS
from sentistream.files.content.inputs import local
from sentistream.files.options import FileOptions, Ids
from sentistream.scoring.scorer import Scorer, load
from stream_processor.stream.scored import scored
from tests.support.commands import run_here
from tests.support.lake_rows import records
from tests.support.places import FIXTURES, ROOT
from trainer.settings import TrainerSettings

TWEETS = FIXTURES / "tweets.csv"
Score = Callable[..., subprocess.CompletedProcess[str]]
Champion = tuple[ModelVersion, PipelineModel]


@pytest.fixture(scope="module")
def registry(champion: Champion, registry_settings: TrainerSettings) -> dict[str, str]:
    names = ("mlflow_tracking_uri", "mlflow_artifacts", "model_cache")
    return {name.upper(): getattr(registry_settings, name) for name in names}


@pytest.fixture(scope="module")
def score(registry: dict[str, str]) -> Score:
    return lambda *arguments: run_here("score", *map(str, arguments), env=registry)


@pytest.fixture(scope="module")
def scorer(champion: Champion, registry_settings: TrainerSettings) -> Scorer:
    return load(registry_settings, champion[0])


def rows_of(output: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(output, newline="")))


def streamed(file: Path, scorer: Scorer, lines: pa.ChunkedArray | None = None) -> Iterator[tuple[str, float, str]]:
    """Text, p_positive and sentiment of a file's tweets as the stream has them from the producer's records; of a file of lines that is given these."""
    if file.suffix == ".txt":
        values = (orjson.dumps({"data": {"id": "1", "text": each}}) for each in lines.to_pylist())
    else:
        source = ReplaySource(prepare([local(file)], FileOptions(ids=Ids.HASH)), lambda _: None)
        values = (each.value for each in source)
    while some := list(islice(values, 20_000)):
        rows = scored(records(some), scorer)
        assert rows["reason"].null_count == len(some)
        yield from zip(*(rows[name].to_pylist() for name in ("text", "p_positive", "sentiment")), strict=True)


def test_a_file_has_the_streams_own_bits_in_its_own_order(score: Score, scorer: Scorer, tmp_path: Path) -> None:
    out = tmp_path / "scored.parquet"
    done = score(TWEETS, "--output", out)
    assert (done.returncode, done.stdout) == (0, "")
    found = pq.read_table(out)
    assert list(zip(*(found[name].to_pylist() for name in ("text", "p_positive", "sentiment")), strict=True)) == list(
        streamed(TWEETS, scorer)
    )
    assert found["id"].to_pylist() == [row["id"] for row in csv.DictReader(TWEETS.open())]
    assert set(found["model_name"].to_pylist()) == {scorer.version.name}
    assert found["error"].null_count == len(found) == found["line"][-1].as_py() - 1
    assert f"Scored {len(found):,} of {len(found):,} rows by {scorer.version.uri}" in done.stderr


def compared(score: Score, scorer: Scorer, file: Path, out: Path, *more: str) -> int:
    """Hold every row of a file against the stream; how many there are."""
    done = score(file, "--output", out, *more)
    assert done.returncode == 0, done.stderr
    found = pq.read_table(out).filter(pc.field("sentiment").is_valid())
    rows = zip(*(found[name].to_pylist() for name in ("text", "p_positive", "sentiment")), strict=True)
    assert all(one == other for one, other in zip(rows, streamed(file, scorer, found["text"]), strict=True)), file
    return len(found)


def test_real_files_of_every_kind_have_the_streams_own_bits(
    score: Score, scorer: Scorer, shared_data: Path, tmp_path: Path
) -> None:
    files = ["semeval2017/test_2017.tsv", "sentiment140/testdata.manual.2009.06.14.csv"]
    files += [str(each.relative_to(shared_data)) for each in sorted(shared_data.glob("twitter_api/[tv]*.json*"))]
    assert sum(compared(score, scorer, shared_data / each, tmp_path / "scored.parquet") for each in files) == 12_993


@pytest.mark.long
def test_every_row_of_the_shared_data_has_the_streams_own_bits(
    score: Score, scorer: Scorer, shared_data: Path, tmp_path: Path
) -> None:
    out, kinds = tmp_path / "scored.parquet", ("*/*.csv", "*/*.tsv", "twitter_api/[tv]*.json*")
    rows = sum(compared(score, scorer, each, out) for kind in kinds for each in sorted(shared_data.glob(kind)))
    lines = sorted(shared_data.glob("umsab/*/*_text.txt"))
    rows += sum(compared(score, scorer, each, out, "--lines") for each in lines)
    assert rows > 240_620


def test_a_row_that_can_not_be_scored_keeps_its_place_with_its_reason(score: Score, tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    long = "a" * (MAX_TEXT_CHARACTERS + 1)
    file.write_text(f"id,text\n1,I love it\n2, \n3,one,more\n4,{long}\nno id,=1+1\n")
    done = score(file)
    assert done.returncode == 0
    found = rows_of(done.stdout)
    assert [row["line"] for row in found] == ["2", "3", "4", "5", "6"]
    assert [bool(row["sentiment"]) for row in found] == [True, False, False, False, True]
    reasons = [row["error"].partition(":")[0] for row in found]
    assert reasons[0] == reasons[4] == ""
    assert reasons[1] == "the text is empty"
    assert reasons[3] == "text_too_long"
    assert (found[0]["id"], found[4]["id"], found[4]["text"]) == ("1", "", "'=1+1")
    assert "Scored 2 of 5 rows" in done.stderr
    assert "line 3: the text is empty" in done.stderr
    assert long not in done.stderr


def test_a_file_without_a_usable_row_is_no_success(score: Score, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(orjson.dumps({"text": "a\0b"}))
    done = score(tmp_path / "bad.json")
    assert (done.returncode, [row["error"] for row in rows_of(done.stdout)]) == (
        1,
        ["nul_in_text: the text holds a NUL character"],
    )
    assert "could be scored" in done.stderr


def test_lines_are_texts_where_the_user_says_so(score: Score, tmp_path: Path) -> None:
    file = tmp_path / "lines.txt.gz"
    file.write_bytes(gzip.compress('\ufeffI love it, really\n\nso "sad"\r\nétat'.encode()))
    found = rows_of(score("--lines", file).stdout)
    assert [row["text"] for row in found] == ["I love it, really", "", 'so "sad"', "état"]
    assert [row["error"] for row in found] == ["", "the text is empty", "", ""]
    (tmp_path / "latin.txt").write_bytes("état\n".encode("latin-1"))
    assert rows_of(score("--lines", tmp_path / "latin.txt").stdout)[0]["error"].startswith("it can't be decoded")
    assert rows_of(score("--lines", "--encoding", "cp1252", tmp_path / "latin.txt").stdout)[0]["text"] == "état"


def test_a_named_version_and_columns_are_taken_and_texts_left_out(score: Score, tmp_path: Path, scorer: Scorer) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("who;what;which\n3;I hate it;17\n4;I love it;18\n")
    named = ("--model", "1", "--text-column", "what", "--id-column", "which", "--delimiter", ";", "--no-text")
    found = rows_of(score(file, *named).stdout)
    assert [row["id"] for row in found] == ["17", "18"]
    assert "text" not in found[0]
    assert found[0]["model_version"] == str(scorer.version.version)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.csv"], "there is no such file"),
        ([FIXTURES], "names 2 files: score them one by one"),
        ([TWEETS, "--output", "x.xlsx"], "end it in .csv"),
        ([TWEETS, "--output", FIXTURES], "is a folder"),
        ([TWEETS, "--lines", "--text-column", "text"], "so that --text-column says nothing"),
        ([TWEETS, "--model", "99"], "has no such model"),
        ([TWEETS, "--text-column", "body"], "its columns are id, label, text"),
        ([TWEETS, "--output", "no/such/folder.csv"], "--output no/such/folder.csv can't be written"),
    ],
)
def test_a_mistake_in_the_call_is_one_sentence(
    score: Score, arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = score(*arguments)
    assert refused.returncode in (1, 2)
    assert refused.stdout == ""
    assert sentence in refused.stderr.splitlines()[-1]


def test_a_file_that_ends_early_leaves_the_result_as_it_was(score: Score, tmp_path: Path) -> None:
    whole = gzip.compress(TWEETS.read_bytes() * 20, mtime=0)
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    out = tmp_path / "out.json"
    out.write_text("before")
    failed = score(tmp_path / "cut.csv.gz", "--output", out)
    assert failed.returncode == 1
    assert "cut short or damaged" in failed.stderr
    assert (out.read_text(), sorted(each.name for each in tmp_path.iterdir())) == ("before", ["cut.csv.gz", "out.json"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_in_a_sentence_and_leaves_nothing(
    score: Score, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    os.mkfifo(tmp_path / "pipe")
    ended = threading.Event()

    def send() -> None:
        # Opened as soon as rows are read.
        with (tmp_path / "pipe").open("wb") as pipe:
            pipe.write(b"I love it\n" * 100)
            pipe.flush()
            os.kill(os.getpid(), number)
            # A signal that changes nothing is a failure and no wait.
            ended.wait(30)

    # A shell that starts tests in the background has them ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    try:
        done = score("--lines", tmp_path / "pipe", "--output", tmp_path / "out.csv")
    finally:
        ended.set()
        signal.signal(signal.SIGINT, before)
    sender.join(30)
    assert done.returncode == code
    assert done.stderr.startswith("error: Ended ")
    assert done.stderr.count("\n") == 1
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_at_a_terminal_it_says_what_it_waits_for(registry: dict[str, str]) -> None:
    here, there = pty.openpty()
    command = [sys.executable, "-m", "sentistream", "score", "--lines", "-"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **registry}, stdin=there, stderr=there, stdout=subprocess.PIPE
    ) as run:
        os.close(there)
        assert "end it by Ctrl-D" in os.read(here, 4096).decode()
        os.write(here, b"I love it\n\x04")
        output, _ = run.communicate()
        shown = b""
        try:
            while part := os.read(here, 4096):
                shown += part
        except OSError:  # nobody holds the other end any more
            pass
    os.close(here)
    assert run.returncode == 0
    assert [row["text"] for row in rows_of(output.decode())] == ["I love it"]
    assert b"Scored 1 of 1 rows" in shown
    assert b"scoring" in shown, "the progress bar"
