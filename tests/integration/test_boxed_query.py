"""Questions that take more than they may, as a user asks them: the process ends by itself, with one sentence."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from tests.support.commands import run_module
from tests.support.lake_rows import empty_lake
from tests.support.places import ROOT
from tests.support.waiting import PATIENCE_SECONDS, wait_until

RAISE = "ask for less at a time, or raise it."


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return empty_lake(tmp_path_factory.mktemp("a lake"))


@pytest.mark.parametrize(
    ("sql", "memory", "seconds", "setting"),
    [
        ("SELECT length(repeat('x', 2000000000))", "300m", "60", "memory than QUERY_MEMORY (300 MiB)"),
        ("SELECT list(range) FROM range(1000000000)", "300m", "60", "memory than QUERY_MEMORY (300 MiB)"),
        (
            "SELECT i, repeat('x', 100000) || i FROM range(1000000) AS r(i)",
            "300m",
            "60",
            "memory than QUERY_MEMORY (300 MiB)",
        ),
        # It obeys no interrupt.
        ("SELECT length(lpad('x', 1900000000, 'y'))", "8g", "1", "than QUERY_SECONDS (1 s)"),
    ],
)
def test_a_question_that_takes_too_much_is_refused_and_leaves_no_file(
    lake: Lake, sql: str, memory: str, seconds: str, setting: str, tmp_path: Path
) -> None:
    out = tmp_path / "answer.json"
    out.write_text("before")
    command = [sys.executable, "-m", "sentistream", "lake", "query", "--lake-uri", lake.uri, "--out", str(out), sql]
    bounds = {"QUERY_MEMORY": memory, "QUERY_SECONDS": seconds}
    said = tmp_path.with_name("said")
    with said.open("wb") as both:
        asked = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **bounds}, stdout=both, stderr=both)
        _, status, taken = os.wait4(asked.pid, 0)
    asked.returncode = os.waitstatus_to_exitcode(status)
    assert asked.returncode == 2
    [sentence] = said.read_text().splitlines()
    assert setting in sentence
    assert sentence.endswith(RAISE)
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]
    # In KiB.
    assert taken.ru_maxrss < 2 * 2**20


def test_an_answer_that_fits_and_is_too_much_to_write_is_refused_too(lake: Lake, tmp_path: Path) -> None:
    # orjson asks for 16 bytes a byte of a text.
    sql = "SELECT repeat(chr(8238), 10000000) AS hidden"
    command = ("sentistream", "lake", "query", "--lake-uri", lake.uri, "--out", str(tmp_path / "answer.json"), sql)
    asked = run_module(*command, env={"QUERY_MEMORY": "300m"})
    [sentence] = asked.stderr.splitlines()
    assert (asked.returncode, sentence[-len(RAISE) :]) == (2, RAISE)
    assert "memory than QUERY_MEMORY (300 MiB)" in sentence
    assert not list(tmp_path.iterdir())


INTERRUPTIBLE = """
import signal

import duckdb

from sentistream.__main__ import start
from sentistream.lake.query import command

# A shell's job in the background ignores what its children would then ignore, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
print("imported", flush=True)
start()
"""


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(1000000000000)",
        # It has given a row already, and is asked for more.
        "SELECT * FROM range(1000000000000) AS r(i) WHERE i < 5000 OR i = 900000000000",
    ],
)
def test_ctrl_c_ends_a_question(lake: Lake, sql: str) -> None:
    command = [sys.executable, "-c", INTERRUPTIBLE, "lake", "query", "--lake-uri", lake.uri]
    asked = subprocess.Popen([*command, sql], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert asked.stdout is not None
    assert asked.stdout.readline() == "imported\n"
    imported = psutil.Process(asked.pid).cpu_times().user
    # So much that it is being answered.
    wait_until(lambda: psutil.Process(asked.pid).cpu_times().user > imported + 1.5, what="the query does not run")
    asked.send_signal(signal.SIGINT)
    _, said = asked.communicate(timeout=PATIENCE_SECONDS)
    assert (asked.returncode, said) == (130, "")


def test_a_terminal_gets_as_many_rows_as_it_shows_and_a_pipe_all(lake: Lake) -> None:
    sql = "SELECT 'row ' || i AS a FROM range(20) AS r(i)"
    command = ("sentistream", "lake", "query", "--lake-uri", lake.uri, sql)
    piped = run_module(*command, env={"QUERY_ROWS": "5"})
    assert (piped.stdout.count("row "), piped.stderr) == (20, "")
    screen, terminal = pty.openpty()
    shown = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, "QUERY_ROWS": "5"},
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    seen = b""
    # At its end a terminal gives an error.
    with suppress(OSError):
        while part := os.read(screen, 100_000):
            seen += part
    os.close(screen)
    assert seen.count(b"row ") == 5
    assert (shown.returncode, shown.stderr) == (
        0,
        "Cut at 5 rows (QUERY_ROWS): a file gets them all (--out FILE; of the containers `make export FILE=…`), and LIMIT asks for fewer.\n",
    )


READ_LATE = """
import os
from sentistream.lake.query import box
from sentistream.lake.query.bounds import Bounds

with box.opened(Bounds(seconds=1), overdue=lambda _: None) as asking:
    os.write(1, bytes(1_000_000))
    print(asking.ended_by)
"""


def test_the_time_that_a_pagers_user_takes_is_not_the_questions() -> None:
    asked = subprocess.Popen([sys.executable, "-c", READ_LATE], cwd=ROOT, stdout=subprocess.PIPE)
    assert asked.stdout is not None
    assert asked.stdout.read(1) == b"\0"
    time.sleep(1.5)
    written, _ = asked.communicate(timeout=PATIENCE_SECONDS)
    assert written.strip(b"\0") == b"None\n"


@pytest.fixture(scope="module")
def of_many_files(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    for number in range(60):
        rows = pa.table(
            {"tweet_id": range(number * 2000, number * 2000 + 2000), "text": ["a tweet of some words"] * 2000}
        )
        write_deltalake(lake.location(SCORED), rows, mode="append")
    return lake


ENDING = """
import sys
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from sentistream.lake.query import engine
assert engine.ask(Lake(sys.argv[1]), "SELECT tweet_id, text FROM scored_tweets LIMIT 3").num_rows == 3
"""


@pytest.mark.parametrize("runs", [2, pytest.param(1000, marks=pytest.mark.long)])
def test_a_query_that_needs_no_more_rows_ends_in_order(of_many_files: Lake, runs: int) -> None:
    command = [sys.executable, "-c", ENDING, of_many_files.uri]
    ends = Counter(subprocess.run(command, cwd=ROOT, timeout=PATIENCE_SECONDS).returncode for _ in range(runs))
    assert ends == {0: runs}
