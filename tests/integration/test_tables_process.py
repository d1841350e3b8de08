"""`python -m stream_processor tables` as its users start it, beside a stream that goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from sentistream.kafka import topic
from sentistream.lake import tables
from sentistream.lake.lake import Lake
from sentistream.lake.tables import PER_MINUTE, RAW
from sentistream.settings import KafkaSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.bronze_rows import coordinates
from tests.support.commands import run_module
from tests.support.gold_rows import require_gold_is_silver, tweet_at, tweets_in_gold
from tests.support.lake_rows import TOPIC, batch
from tests.support.places import ROOT
from tests.support.topic_records import offsets_on_topic, send
from tests.support.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture
def environment(kafka: KafkaSettings, lake: Lake, tmp_path: Path) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers,
        "KAFKA_TOPIC": kafka.kafka_topic,
        "LAKE_URI": lake.uri,
        "SPARK_SCRATCH": str(tmp_path / "spark"),
        "SPARK_LOG": str(tmp_path / "spark.log"),
        "BRONZE_SECONDS": "0.1",
        "GOLD_SECONDS": "0.1",
        "TABLES_UPKEEP_SECONDS": "2",
        "HEARTBEAT_FILE": str(tmp_path / "heartbeat"),
        # Beside other tests it would hardly come to work.
        "TABLES_NICENESS": "0",
    }


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "stream_processor", "tables"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def version(lake: Lake, table: tables.Table) -> int:
    found = lake.open(table)
    return -1 if found is None else found.version()


@pytest.mark.parametrize("kills", [2, pytest.param(25, marks=pytest.mark.long)])
def test_kills_at_any_moment_lose_and_double_nothing_and_it_ends_when_told_to(
    spark: SparkSession, kafka: KafkaSettings, lake: Lake, environment: dict[str, str], kills: int
) -> None:
    topic.ensure(kafka)
    draw = random.Random(9)  # noqa: S311 - repeatable on purpose
    sink = LakeSink(lake, TOPIC)
    sent = 0

    def stream_on() -> None:
        nonlocal sent
        minutes = [f"2026-01-02T02:{draw.randint(0, 59):02d}:00Z" for _ in range(5)]
        values = [tweet_at(sent + number, minute) for number, minute in enumerate(minutes, 1)]
        send(kafka, *values)
        sink.append(batch(values, start=sent))
        sent += len(values)

    for _ in range(kills):
        reached = version(lake, RAW), version(lake, PER_MINUTE)
        keeper = start(environment)
        deadline = time.monotonic() + PATIENCE_SECONDS
        moved_at = None
        lasts = draw.uniform(0, 4)
        while keeper.poll() is None and time.monotonic() < deadline:
            stream_on()
            moved = (version(lake, RAW) > reached[0]) and version(lake, PER_MINUTE) > reached[1]
            moved_at = moved_at or (time.monotonic() if moved else None)
            if moved_at is not None and time.monotonic() - moved_at > lasts:
                break
            time.sleep(0.3)
        assert keeper.poll() is None, keeper.communicate()[1]
        keeper.kill()
        keeper.communicate()
    assert moved_at is not None
    heartbeat = Path(environment["HEARTBEAT_FILE"])
    heartbeat.unlink(missing_ok=True)
    last = start(environment)
    try:
        wait_until(heartbeat.exists, alive=[last])
        second = run_module("stream_processor", "tables", "--once", env=environment)
        assert second.returncode == 1
        assert f"Another process ({last.pid}) keeps the tables of" in second.stderr
        stream_on()
        wait_until(lambda: coordinates(lake) == offsets_on_topic(kafka), alive=[last])
        wait_until(lambda: tweets_in_gold(lake) == sent, alive=[last])
    finally:
        last.send_signal(signal.SIGTERM)
        _, printed = last.communicate(timeout=PATIENCE_SECONDS)
    assert last.returncode == 0, printed
    assert "stopped" in printed
    assert coordinates(lake) == offsets_on_topic(kafka)
    assert require_gold_is_silver(lake) == sent


def test_each_can_be_switched_off(lake: Lake, environment: dict[str, str]) -> None:
    nothing = dict.fromkeys(("BRONZE_SECONDS", "GOLD_SECONDS", "HEALTH_SECONDS"), "0")
    off = run_module("stream_processor", "tables", env={**environment, **nothing})
    assert off.returncode == 2
    assert "BRONZE_SECONDS, GOLD_SECONDS and HEALTH_SECONDS are all 0" in off.stderr
    # Gold alone needs no broker.
    away = {**environment, "BRONZE_SECONDS": "0", "KAFKA_BOOTSTRAP_SERVERS": "localhost:1"}
    assert run_module("stream_processor", "tables", "--once", env=away).returncode == 0
    assert lake.open(RAW) is None
    assert lake.open(PER_MINUTE) is not None
