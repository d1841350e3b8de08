"""`lake forget` beside the processes that keep the lake, as its users start them."""

import signal
import subprocess
from pathlib import Path

from sentistream.kafka import topic
from sentistream.lake import tables
from sentistream.lake.lake import Lake
from sentistream.lake.tables import RAW, SCORED
from sentistream.settings import KafkaSettings
from tests.support.commands import run_module, start_module
from tests.support.lake_rows import rows, tweet
from tests.support.topic_records import send
from tests.support.waiting import PATIENCE_SECONDS, wait_until

KEY = "a key of the test's own"


def start(command: str, environment: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    own = {"SPARK_SCRATCH": str(folder / command), "BRONZE_SECONDS": "0.1", "GOLD_SECONDS": "0"}
    return start_module("stream_processor", command, env={**environment, **own})


def test_a_tweet_that_is_forgotten_beside_running_processes_stays_away(
    environment: dict[str, str], kafka: KafkaSettings, tmp_path: Path
) -> None:
    topic.ensure(kafka)
    environment["FORGET_KEY"] = KEY
    send(kafka, tweet(7), tweet(1))
    running = [start(command, environment, tmp_path) for command in ("run", "tables")]
    try:
        wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 2, alive=running)
        wait_until(lambda: len(rows(environment, RAW, "offset")) == 2, alive=running)
        run = run_module("sentistream", "lake", "forget", "--tweet-id", "7", env=environment)
        assert run.returncode == 0, run.stderr
        assert rows(environment, SCORED, "tweet_id") == [1]
        assert sorted(rows(environment, RAW, "value"), key=str) == sorted([None, tweet(1)], key=str)
        send(kafka, tweet(7), tweet(2))
        wait_until(lambda: sorted(rows(environment, SCORED, "tweet_id")) == [1, 2], alive=running)
        wait_until(lambda: len(rows(environment, RAW, "offset")) == 4, alive=running)
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        printed = [process.communicate(timeout=PATIENCE_SECONDS)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], printed
    assert sorted(map(str, rows(environment, RAW, "value"))) == sorted(["None", "None", str(tweet(1)), str(tweet(2))])
    assert Lake.at(environment["LAKE_URI"]).require(tables.REMOVALS).to_pyarrow_table().num_rows == 2
    assert not any(KEY in each for each in (run.stderr, run.stdout, *printed))
