"""A scorer that a backlog keeps busy for long: commits stay small, the heart beats, and a stop needs no patience."""

import threading
import time
from collections.abc import Callable
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
from stream_processor.stream.sink import LakeSink
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


@pytest.mark.parametrize("place", [OnDriver, OnExecutors], ids=["driver", "executors"])
def test_a_slow_scorer_commits_about_a_second_at_once_and_a_stop_leaves_the_rest(
    spark: SparkSession, kafka: KafkaSettings, tmp_path: Path, place: Callable[[Scorer], Placement]
) -> None:
    known = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(1, BACKLOG + 1)))
    settings = ProcessorSettings.from_options(
        kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
        kafka_topic=kafka.kafka_topic,
        lake_uri=str(tmp_path / "lake"),
        checkpoint_uri=str(tmp_path / "checkpoints"),
        heartbeat_file=str(tmp_path / "heartbeat"),
    )
    lake = Lake.at(settings.lake_uri)
    create_by_spark(spark, lake)
    offsets = starting_offsets(known, dict.fromkeys(known.partitions, 0))

    def committed() -> list[int]:
        actions = lake.require(SCORED).get_add_actions(flatten=True)
        return list(actions["num_records"].to_pylist())

    def job(seconds_a_text: float) -> tuple[StreamingJob, LakeSink]:
        placement = place(FunctionScorer(MODEL, certain, seconds_a_text))
        placement.warm_up(spark)
        sink = LakeSink(lake, known)
        return StreamingJob(spark, settings, placement, sink), sink

    slow, _ = job(1 / A_SECOND)
    running, heartbeat = threading.Thread(target=slow.run, args=[offsets]), Watched(tmp_path / "heartbeat")
    running.start()
    try:
        wait_until(lambda: len(committed()) >= 4)
    finally:
        before = sum(committed())
        slow.stop()
        running.join()
        heartbeat.finish()
    # A text takes at least its time, so no machine is quick enough for more.
    tasks = 1 if place is OnDriver else len(known.partitions)
    assert max(committed()) <= tasks * A_SECOND + len(known.partitions)
    assert sum(committed()) - before <= 3 * tasks * A_SECOND
    assert heartbeat.oldest < BACKLOG / A_SECOND / 3

    quick, sink = job(0)
    quick.run(offsets, once=True)
    ids = lake.require(SCORED).to_pyarrow_table(columns=["tweet_id"])["tweet_id"].to_pylist()
    assert sorted(ids) == list(range(1, BACKLOG + 1))
    assert sum(tally.unaccounted for tally in sink.totals.values()) == 0
