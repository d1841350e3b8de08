"""A scorer that a backlog keeps busy for long: commits stay small, the heart beats, and a stop needs no patience."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka import topic
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import SCORED
from sentistream.scoring.scorer import Scorer
from sentistream.settings import KafkaSettings
from stream_processor.offsets.source import starting_offsets
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.job import StreamingJob
from stream_processor.stream.placement import OnDriver, OnExecutors, Placement
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import tweet
from tests.support.scorers import FunctionScorer
from tests.support.topic_records import send
from tests.support.waiting import wait_until

MODEL = ModelVersion("m", 1, LabelMap(POLAR), NeutralBand(), "run")
A_SECOND = 200
BACKLOG = 6_000
"""Half a minute of scoring, and one batch where nothing bounds it."""


def certain(_: str) -> tuple[float, float]:
    return 0.1, 0.9


class Watched:
    """Ages of a file, looked at all the time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.oldest = 0.0
        self._thread.start()

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            if self._file.exists():
                self.oldest = max(self.oldest, time.time() - self._file.stat().st_mtime)

    def finish(self) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture
def settings(kafka: KafkaSettings, tmp_path: Path) -> ProcessorSettings:
    return ProcessorSettings.from_options(
        kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
        kafka_topic=kafka.kafka_topic,
        lake_uri=str(tmp_path / "lake"),
        checkpoint_uri=str(tmp_path / "checkpoints"),
        heartbeat_file=str(tmp_path / "heartbeat"),
    )


@pytest.fixture
def lake(spark: SparkSession, settings: ProcessorSettings) -> Lake:
    lake = Lake.at(settings.lake_uri)
    create_by_spark(spark, lake)
    return lake


@pytest.fixture
def tweets(kafka: KafkaSettings) -> topic.Topic:
    """A topic with the backlog."""
    tweets = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(1, BACKLOG + 1)))
    return tweets


def committed(lake: Lake) -> list[int]:
    """How many rows each commit has added."""
    return list(lake.require(SCORED).get_add_actions(flatten=True)["num_records"].to_pylist())


def start(tweets: topic.Topic) -> str:
    return starting_offsets(tweets, dict.fromkeys(tweets.partitions, 0))


@pytest.mark.parametrize("place", [OnDriver, OnExecutors], ids=["driver", "executors"])
def test_a_slow_scorer_commits_about_a_second_at_once_and_a_stop_leaves_the_rest(
    spark: SparkSession,
    settings: ProcessorSettings,
    lake: Lake,
    tweets: topic.Topic,
    tmp_path: Path,
    place: Callable[[Scorer], Placement],
) -> None:
    def job(seconds_a_text: float) -> tuple[StreamingJob, LakeSink]:
        placement = place(FunctionScorer(MODEL, certain, seconds_a_text))
        placement.warm_up(spark)
        sink = LakeSink(lake, tweets)
        return StreamingJob(spark, settings, placement, sink), sink

    slow, _ = job(1 / A_SECOND)
    running, heartbeat = threading.Thread(target=slow.run, args=[start(tweets)]), Watched(tmp_path / "heartbeat")
    running.start()
    try:
        wait_until(lambda: len(committed(lake)) >= 4)
    finally:
        slow.stop()
        before = sum(committed(lake))
        running.join()
        heartbeat.finish()
    # A text takes at least its time, so no machine is quick enough for more.
    tasks = 1 if place is OnDriver else len(tweets.partitions)
    assert max(committed(lake)) <= tasks * A_SECOND + len(tweets.partitions)
    assert sum(committed(lake)) - before <= 3 * tasks * A_SECOND
    assert heartbeat.oldest < BACKLOG / A_SECOND / 3

    quick, sink = job(0)
    quick.run(start(tweets), once=True)
    ids = lake.require(SCORED).to_pyarrow_table(columns=["tweet_id"])["tweet_id"].to_pylist()
    assert sorted(ids) == list(range(1, BACKLOG + 1))
    assert sum(tally.unaccounted for tally in sink.totals.values()) == 0


def test_another_champion_does_not_wait_for_the_backlog_of_a_slow_one(
    spark: SparkSession, settings: ProcessorSettings, lake: Lake, tweets: topic.Topic
) -> None:
    slow = OnDriver(FunctionScorer(MODEL, certain, 1 / A_SECOND))
    slow.warm_up(spark)
    job = StreamingJob(spark, settings, slow, LakeSink(lake, tweets))
    running = threading.Thread(target=job.run, args=[start(tweets)])
    running.start()
    try:
        wait_until(lambda: len(committed(lake)) >= 2)
        job.offer(OnDriver(FunctionScorer(replace(MODEL, version=2), certain)))
        wait_until(lambda: sum(committed(lake)) == BACKLOG)
    finally:
        job.stop()
        running.join()
    versions = lake.require(SCORED).to_pyarrow_table(columns=["model_version"])["model_version"].to_pylist()
    assert len(versions) == BACKLOG
    assert versions.count(2) > BACKLOG / 2
