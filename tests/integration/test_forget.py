import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
from kafka import KafkaProducer
from pyspark.sql import SparkSession

from sentistream.errors import UserError
from sentistream.kafka import topic
from sentistream.lake import doctor
from sentistream.lake.doctor import Verdict
from sentistream.lake.erasure import forget as forgetting
from sentistream.lake.erasure import removal_log, scored_and_rejected
from sentistream.lake.erasure.forget import Erasure, Outcome
from sentistream.lake.erasure.key import mark
from sentistream.lake.erasure.requests import Requests, Subjects
from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.lake.tables import FORGOTTEN, RAW, REJECTED, REMOVALS, SCORED
from sentistream.process.periodic import Periodic
from sentistream.settings import DoctorSettings, ForgetSettings, KafkaSettings
from stream_processor.settings import TablesSettings
from stream_processor.stream.forgotten_watch import LOOK_SECONDS, ForgottenWatch
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.bronze import Bronze
from stream_processor.tables.gold import Gold
from stream_processor.tables.worker import Forgetting
from tests.support.commands import run_here, run_module
from tests.support.gold_rows import require_gold_is_silver
from tests.support.lake_rows import TOPIC, batch, column

KEY = "a key of the test's own"
DOOMED, QUOTER = 1500000000000000007, 1500000000000000008
AUTHOR = 1400000000000000005
WORDS = "unmistakable words"
EARLIER = "2026-01-02T02:00:00Z"


def tweet_of(number: int, text: str = WORDS, author: int | None = None, created_at: str = EARLIER) -> bytes:
    data = {"id": str(number), "text": text, "created_at": created_at, "lang": "en"}
    return orjson.dumps({"data": data | ({} if author is None else {"author_id": str(author)})})


def quoting(number: int, quoted: int) -> bytes:
    data = {"id": str(number), "text": "see below", "created_at": EARLIER, "lang": "en"}
    return orjson.dumps({"data": data, "includes": {"tweets": [{"id": str(quoted), "text": WORDS}]}})


def settings_of(lake: Lake, key: str = KEY) -> ForgetSettings:
    return ForgetSettings.from_options(lake_uri=lake.uri, forget_key=key)


def forget(lake: Lake, tweets: tuple[int, ...] = (), authors: tuple[int, ...] = (), key: str = KEY) -> Outcome:
    subjects = Subjects(frozenset(tweets), frozenset(authors))
    erasure = Erasure(lake, settings_of(lake, key), wait=True, say=lambda _: None)
    return erasure.forget(subjects)


def removed(lake: Lake) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in lake.require(REMOVALS).to_pyarrow_table().to_pylist():
        found[row["table_name"]] = found.get(row["table_name"], 0) + row["rows"]
    return found


def send(kafka: KafkaSettings, *records: tuple[bytes | None, bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.kafka_bootstrap_servers)
    for key, value in records:
        producer.send(kafka.kafka_topic, key=key, value=value, partition=0)
    producer.flush()
    producer.close()


@pytest.fixture
def bronze(kafka: KafkaSettings, lake: Lake) -> Iterator[Bronze]:
    topic.ensure(kafka)
    made = Bronze(kafka, lake)
    yield made
    made.finish()


def test_a_forgotten_tweet_is_gone_from_every_table(
    spark: SparkSession, kafka: KafkaSettings, bronze: Bronze, lake: Lake, tmp_path: Path
) -> None:
    records = [
        (b"1", tweet_of(1, "a harmless text")),
        (str(DOOMED).encode(), tweet_of(DOOMED)),
        (None, quoting(QUOTER, DOOMED)),
        (None, tweet_of(2, author=AUTHOR)),
        (None, tweet_of(3, "a later text", AUTHOR, "2999-01-01T00:00:00Z")),
        (str(DOOMED).encode(), b"no JSON, " + WORDS.encode()),
        (None, tweet_of(DOOMED, "")),
    ]
    send(kafka, *records)
    assert bronze.update() == len(records)
    sink = LakeSink(lake, topic.ensure(kafka))
    sink.append(batch([value for _, value in records], topic=kafka.kafka_topic, keys=[key for key, _ in records]))
    gold = Gold(lake)
    gold.update()
    subjects = tmp_path / "subjects"
    subjects.write_text(f"author:{AUTHOR}\n")
    command = (
        "sentistream",
        "lake",
        "forget",
        "--tweet-id",
        str(DOOMED),
        "--file",
        str(subjects),
        "--lake-uri",
        lake.uri,
    )
    run = run_module(*command, env={"FORGET_KEY": KEY})
    assert run.returncode == 0, run.stderr
    assert "stay for readers of older versions until" in run.stdout

    assert column(lake, SCORED, "tweet_id") == [1, QUOTER]
    rejected = lake.require(REJECTED).to_pyarrow_table().sort_by("offset").to_pylist()
    assert [(row["offset"], row["key"], row["value"], row["tweet_id"], row["detail"]) for row in rejected] == [
        (offset, None, None, None, "forgotten") for offset in (5, 6)
    ]
    raw = lake.require(RAW).to_pyarrow_table().sort_by("offset").to_pylist()
    assert [row["offset"] for row in raw if row["value"] is not None] == [0]
    assert [(row["key"], row["headers"]) for row in raw if row["value"] is None] == [(None, [])] * 6
    assert lake.require(RAW).transaction_version("forgotten/rows") == 6
    assert removed(lake) == {"silver/scored_tweets": 3, "bronze/rejected_tweets": 2, "bronze/raw_tweets": 6}
    gold.update()
    gold.finish()
    assert require_gold_is_silver(lake) == 2
    examined = DoctorSettings.from_options(
        lake_uri=lake.uri,
        kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
        kafka_topic=kafka.kafka_topic,
        forget_key=KEY,
    )
    findings = doctor.examine(lake, examined)
    assert not doctor.any_broken(findings), findings
    assert [each.verdict for each in findings if each.promise == "forgotten stays forgotten"] == [Verdict.KEPT] * 3
    _require_traceless(lake)


def _require_traceless(lake: Lake) -> None:
    """After the clean-up no file holds the text, and the audit no id."""
    for table in (SCORED, REJECTED, RAW):
        opened = lake.require(table)
        opened.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    files = [file for file in Path(lake.uri).rglob("*") if file.is_file()]
    for file in files:
        held = file.read_bytes()
        if file.suffix == ".parquet" and "_delta_log" not in str(file):
            held += str(pq.ParquetFile(file).read().to_pylist()).encode()
        assert WORDS.encode() not in held, file
        if "audit" in file.parts:
            assert not any(str(each).encode() in held for each in (DOOMED, AUTHOR)), file


def stream(sink: LakeSink, ended: threading.Event) -> int:
    """New tweets and a doomed one, batch after batch; how many batches."""
    sent = 0
    while not ended.is_set():
        sink.append(batch([tweet_of(DOOMED), tweet_of(1000 + sent)], start=2 + 2 * sent))
        sent += 1
    return sent


def test_what_is_delivered_again_adds_no_row_and_is_counted(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet_of(DOOMED), tweet_of(1)]))
    with ExitStack() as stack:
        stack.enter_context(lake_lock.only_writer(lake, TOPIC.name, mark(settings_of(lake))))
        # Its window is empty: it does not know what was scored before.
        sink = LakeSink(lake, TOPIC)
        watch = ForgottenWatch(Requests(lake, settings_of(lake)), TOPIC.name, sink.forget)
        stack.enter_context(Periodic("forgotten watch", watch.look, LOOK_SECONDS))
        ended = threading.Event()
        with ThreadPoolExecutor(1) as background:
            streaming = background.submit(stream, sink, ended)
            try:
                # It returns only when the running sink has said that it knows.
                forget(lake, (DOOMED, 1), (AUTHOR,))
            finally:
                ended.set()
            sent = streaming.result()
        later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        values = [
            tweet_of(DOOMED),
            tweet_of(2),
            tweet_of(3, author=AUTHOR),
            tweet_of(4, author=AUTHOR, created_at=later),
            tweet_of(DOOMED, ""),
        ]
        # Another start: its window is empty, too.
        sink = LakeSink(lake, TOPIC)
        ForgottenWatch(Requests(lake, settings_of(lake)), TOPIC.name, sink.forget).look()
        committed = sink.append(batch(values, start=2 + 2 * sent, arrived=datetime.now(UTC)))
    assert (committed.scored, committed.duplicates, committed.rejected) == (2, 2, 1)
    assert column(lake, SCORED, "tweet_id") == [2, 4, *range(1000, 1000 + sent)]
    assert sent > 1
    assert column(lake, REJECTED, "detail") == ["forgotten"]
    assert column(lake, REJECTED, "value") == [None]
    examined = DoctorSettings.from_options(
        lake_uri=lake.uri, forget_key=KEY, kafka_bootstrap_servers="localhost:1", kafka_wait_seconds=0
    )
    assert not doctor.any_broken(doctor.examine(lake, examined))
    LakeSink(lake, TOPIC).append(batch([tweet_of(DOOMED)], start=7 + 2 * sent))
    [broken] = [each for each in doctor.examine(lake, examined) if each.verdict is Verdict.BROKEN]
    assert (broken.promise, broken.subject) == ("forgotten stays forgotten", "silver/scored_tweets")


def test_bronze_is_emptied_by_its_keeper_of_what_is_there_and_what_comes(
    kafka: KafkaSettings, bronze: Bronze, lake: Lake
) -> None:
    doomed = (str(DOOMED).encode(), tweet_of(DOOMED))
    send(kafka, doomed, (b"1", tweet_of(1)))
    bronze.update()
    keeper = Forgetting(lake, TablesSettings.from_options(lake_uri=lake.uri, forget_key=KEY))
    keeper.tell(bronze.forget)
    assert keeper.work() is None
    Requests(lake, settings_of(lake)).record(Subjects(frozenset({DOOMED})), "a request", datetime.now(UTC))
    assert [keeper.work(), keeper.work()] == [1, None]
    send(kafka, doomed, (b"2", tweet_of(2)))
    bronze.update()
    raw = lake.require(RAW).to_pyarrow_table().sort_by("offset").to_pylist()
    assert [row["key"] for row in raw] == [None, b"1", None, b"2"]
    assert [row["value"] is None for row in raw] == [True, False, True, False]
    assert removed(lake) == {"bronze/raw_tweets": 1}


@pytest.mark.parametrize(
    ("module", "step"),
    [(Erasure, "_wait_for_processors"), (scored_and_rejected, "forget_rejected"), (removal_log, "write_down")],
)
def test_a_forget_that_was_killed_is_finished_by_the_next(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, module: object, step: str
) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet_of(DOOMED), tweet_of(1), tweet_of(DOOMED, "")]))

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, step, dies)
        with pytest.raises(KeyboardInterrupt):
            forget(lake, (DOOMED,))
    forget(lake, (DOOMED,))
    assert column(lake, SCORED, "tweet_id") == [1]
    assert column(lake, REJECTED, "detail") == ["forgotten"]
    assert lake.require(FORGOTTEN).to_pyarrow_table().num_rows == 1
    assert removed(lake) == {"silver/scored_tweets": 1, "bronze/rejected_tweets": 1}


def test_another_key_is_refused(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet_of(1), tweet_of(DOOMED)]))
    forget(lake, (DOOMED,))
    with pytest.raises(UserError, match="FORGET_KEY is not the one"):
        forget(lake, (1,), key="a key that is another")
    assert column(lake, SCORED, "tweet_id") == [1]
    for key, sentence in (("", "there is no FORGET_KEY"), ("a key that is another", "FORGET_KEY is not the one")):
        processor = run_module("stream_processor", "run", "--once", env={"LAKE_URI": lake.uri, "FORGET_KEY": key})
        assert processor.returncode == 1
        assert sentence in processor.stderr
        assert "Traceback" not in processor.stderr
        assert not key or key not in processor.stderr


def test_without_a_key_nothing_is_forgotten(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORGET_KEY", "")
    run = run_here("lake", "forget", "--tweet-id", "1", "--lake-uri", lake.uri)
    assert (run.returncode, "There is no FORGET_KEY" in run.stderr) == (2, True)
    monkeypatch.setenv("FORGET_KEY", "too short")
    short = run_here("lake", "forget", "--tweet-id", "1", "--lake-uri", lake.uri)
    assert (short.returncode, "FORGET_KEY" in short.stderr, "too short" in short.stderr) == (2, True, False)
    assert lake.open(FORGOTTEN) is None


def test_nothing_is_removed_while_a_processor_does_not_know(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet_of(DOOMED)]))
    monkeypatch.setattr(forgetting, "PATIENCE_SECONDS", 0.0)
    with (
        lake_lock.only_writer(lake, TOPIC.name, mark(settings_of(lake))),
        pytest.raises(UserError, match="has not seen the request"),
    ):
        forget(lake, (DOOMED,))
    assert column(lake, SCORED, "tweet_id") == [DOOMED]
    forget(lake, (DOOMED,))
    assert column(lake, SCORED, "tweet_id") == []
