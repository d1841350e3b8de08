"""A model that turns out unfit while it serves: nothing of it is committed, the version before goes on, and no record is lost, doubled or late."""

import hashlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pyspark.ml import Pipeline
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import Bucketizer, HashingTF, RegexTokenizer, SQLTransformer, Tokenizer
from pyspark.sql import SparkSession
from structlog.testing import capture_logs

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.kafka import topic
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import SCORED
from sentistream.scoring import registry_connection
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sparkml import TransformScorer
from sentistream.settings import KafkaSettings
from stream_processor.offsets.slices import SLICE_BYTES
from stream_processor.offsets.source import starting_offsets
from stream_processor.settings import ProcessorSettings
from stream_processor.stream import champion
from stream_processor.stream.job import StreamingJob
from stream_processor.stream.placement import InPlan, OnDriver, OnExecutors, Placement
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.succession import served_versions
from stream_processor.stream.succession.stand_in import Succession
from tests.support.lake_rows import tweet
from tests.support.registered import promote, register_a_name
from tests.support.registries import registry_in
from tests.support.scorers import FunctionScorer
from tests.support.topic_records import send
from tests.support.waiting import wait_until

WORD = "unheard-of"
POISON = b'{"data": {"id": "500", "text": "an unheard-of word"}}'
POISONED_AGAIN = b'{"data": {"id": "501", "text": "an unheard-of word again"}}'


def certain(_: str) -> tuple[float, float]:
    return 0.1, 0.9


def nan_on_a_word(text: str) -> tuple[float, float]:
    return (math.nan, math.nan) if WORD in text else (0.1, 0.9)


def fails_on_a_word(text: str) -> tuple[float, float]:
    if WORD in text:
        raise ValueError(text)
    return 0.1, 0.9


@dataclass
class Stream:
    """A job with a registry of versions without files, each of which is prepared as is laid down for it."""

    spark: SparkSession
    settings: ProcessorSettings
    place: Callable[[Scorer], Placement]
    known: dict[int, Placement] = field(default_factory=dict)
    failures: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lake = Lake.at(self.settings.lake_uri)
        self.tweets = topic.ensure(self.settings)
        if self.lake.open(SCORED) is None:
            create_by_spark(self.spark, self.lake)
        self.succession = Succession(self.settings, self.lake, lambda model: self.known[model.version])

    def version(self, number: int) -> ModelVersion:
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        return ModelVersion(self.settings.model_name, number, LabelMap(POLAR), NeutralBand(), "", digest=digest)

    def placed(self, number: int, of_text: Callable[[str], tuple[float, float]]) -> Placement:
        self.known[number] = self.place(FunctionScorer(self.version(number), of_text))
        return self.known[number]

    def start(self, first: Placement) -> None:
        self.sink = LakeSink(self.lake, self.tweets)
        self.job = StreamingJob(self.spark, self.settings, first, self.sink, self.succession)
        self.running = threading.Thread(target=self._run)
        self.running.start()

    def _run(self) -> None:
        try:
            self.job.run(starting_offsets(self.tweets, dict.fromkeys(self.tweets.partitions, 0)))
        except BaseException as failure:
            self.failures.append(failure)

    def stop(self) -> None:
        self.job.stop()
        self.running.join()

    def rows(self) -> dict[int, int]:
        """Tweet id → the version that scored it."""
        found = self.lake.require(SCORED).to_pyarrow_table(columns=["tweet_id", "model_version", "p_positive"])
        assert all(0 <= p <= 1 for p in found["p_positive"].to_pylist())
        ids = found["tweet_id"].to_pylist()
        assert len(ids) == len(set(ids))
        return dict(zip(ids, found["model_version"].to_pylist(), strict=True))

    def wait_for(self, count: int) -> None:
        wait_until(lambda: bool(self.failures) or len(self.rows()) == count)
        assert self.failures == []


@pytest.fixture
def settings(kafka: KafkaSettings, tmp_path: Path) -> ProcessorSettings:
    """With an empty registry of its own."""
    return ProcessorSettings.from_options(
        kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
        kafka_topic=kafka.kafka_topic,
        lake_uri=str(tmp_path / "lake"),
        checkpoint_uri=str(tmp_path / "checkpoints"),
        heartbeat_file=str(tmp_path / "heartbeat"),
        mlflow_tracking_uri=registry_in(tmp_path).mlflow_tracking_uri,
    )


def require_one_sentence(logs: list[Any], serving: str) -> None:
    [said] = [each for each in logs if each["event"] == "model refused"]
    assert said["model"] == "models:/tweet-sentiment/2"
    assert said["serving"] == serving
    assert not [each for each in logs if WORD in str(each) or "500" in str(each.get("reason"))]


@pytest.mark.parametrize("place", [OnDriver, OnExecutors], ids=["driver", "executors"])
@pytest.mark.parametrize("of_text", [nan_on_a_word, fails_on_a_word], ids=["NaN", "fails"])
def test_the_version_before_scores_what_an_unfit_one_could_not(
    spark: SparkSession,
    kafka: KafkaSettings,
    settings: ProcessorSettings,
    place: Callable[[Scorer], Placement],
    of_text: Callable[[str], tuple[float, float]],
) -> None:
    stream = Stream(spark, settings, place)
    send(kafka, *(tweet(number) for number in range(1, 11)))
    stream.start(stream.placed(1, certain))
    try:
        with capture_logs() as logs:
            stream.wait_for(10)
            stream.job.offer(stream.placed(2, of_text))
            wait_until(lambda: stream.job.reloads == 1)
            send(kafka, *(tweet(number) for number in range(11, 21)))
            stream.wait_for(20)
            send(kafka, tweet(21), POISON, tweet(22))
            stream.wait_for(23)
            send(kafka, tweet(23))
            stream.wait_for(24)
    finally:
        stream.stop()
    versions = stream.rows()
    assert {versions[number] for number in range(11, 21)} == {2}
    assert {versions[number] for number in (500, 23)} == {1}
    require_one_sentence(logs, "models:/tweet-sentiment/1")
    assert sum(tally.unaccounted for tally in stream.sink.totals.values()) == 0
    # And so it stays, after a restart too.
    assert stream.succession.standing.is_refused(stream.version(2))
    with pytest.raises(UserError, match="turned out unfit when it served"):
        served_versions.require(stream.lake.require(SCORED), stream.version(2))
    assert served_versions.latest(stream.lake.require(SCORED), "tweet-sentiment") == [1]


class TwoAtOnce(OnDriver):
    def rows_at_once(self) -> int | None:
        return 2


def as_they_are(value: bytes) -> bytes:
    return value


def large(value: bytes) -> bytes:
    """So that a slice is sixteen."""
    return value[:-1] + b', "x": "%s"}' % (b"x" * (SLICE_BYTES // 17))


@pytest.mark.parametrize(
    ("place", "shaped", "kept"),
    [(TwoAtOnce, as_they_are, 18), (OnDriver, large, 16), (OnExecutors, large, 16)],
    ids=["pieces", "slices in the driver", "slices in executors"],
)
def test_what_an_unfit_version_scored_of_a_batch_stays_and_the_next_one_goes_on_behind_it(
    spark: SparkSession,
    kafka: KafkaSettings,
    settings: ProcessorSettings,
    place: Callable[[Scorer], Placement],
    shaped: Callable[[bytes], bytes],
    kept: int,
) -> None:
    stream = Stream(spark, settings.model_copy(update={"kafka_topic_partitions": 1}), place)
    send(kafka, *(shaped(value) for value in (*map(tweet, range(1, 19)), POISON, tweet(19), tweet(20))))
    with capture_logs() as logs:
        stream.start(stream.placed(2, nan_on_a_word))
        try:
            wait_until(lambda: any(each["event"] == "model refused" for each in logs))
            assert stream.rows() == dict.fromkeys(range(1, kept + 1), 2)
            stream.job.offer(stream.placed(3, certain))
            stream.wait_for(21)
        finally:
            stream.stop()
    versions = stream.rows()
    assert {number for number, version in versions.items() if version == 2} == set(range(1, kept + 1))
    assert {number for number, version in versions.items() if version == 3} == {500, *range(kept + 1, 21)}
    assert sum(tally.unaccounted for tally in stream.sink.totals.values()) == 0


def test_the_first_version_is_waited_out_without_a_heartbeat_and_a_stop_ends_that(
    spark: SparkSession, kafka: KafkaSettings, settings: ProcessorSettings, tmp_path: Path
) -> None:
    registered = settings.model_copy(update={"champion_wait_seconds": 600.0})
    registry_connection.client(registered).create_registered_model(registered.model_name)
    for _ in range(4):
        register_a_name(registered)
    promote(registered, 2)
    stream = Stream(spark, registered, OnDriver)
    send(kafka, tweet(1), POISON, tweet(2))
    with capture_logs() as logs:
        stream.start(stream.placed(2, nan_on_a_word))
        try:
            wait_until(lambda: any(each["event"] == "model refused" for each in logs))
            heartbeat = tmp_path / "heartbeat"
            heartbeat.unlink(missing_ok=True)
            time.sleep(3)
            assert not heartbeat.exists()
            assert stream.rows() == {}
            stream.placed(3, certain)
            promote(registered, 3)
            stream.wait_for(3)
        finally:
            stream.stop()
    assert set(stream.rows().values()) == {3}
    require_one_sentence(logs, "none, until another version is champion")

    # A start knows by the lake alone which version served last.
    again = Stream(spark, registered, OnDriver)
    again.placed(3, certain)
    again.start(again.placed(4, nan_on_a_word))
    try:
        send(kafka, POISONED_AGAIN)
        again.wait_for(4)
    finally:
        again.stop()
    assert again.rows()[501] == 3


def test_a_stop_ends_the_wait_for_another_version(
    spark: SparkSession, kafka: KafkaSettings, settings: ProcessorSettings
) -> None:
    stream = Stream(spark, settings, OnDriver)
    send(kafka, POISON)
    with capture_logs() as logs:
        stream.start(stream.placed(2, nan_on_a_word))
        wait_until(lambda: any(each["event"] == "model refused" for each in logs))
        stopped = time.monotonic()
        stream.stop()
    assert time.monotonic() - stopped < 60
    assert stream.failures == []
    assert stream.rows() == {}


def failing_on_a_word(how: str) -> list[Any]:
    """PySpark has an exception of its own for what SQL raises, and none for what a stage's own function does."""
    if how == "raised":
        checked = "SELECT *, IF(text LIKE '%unheard-of%', raise_error(text), text) AS said FROM __THIS__"
        return [SQLTransformer(statement=checked)]
    return [
        SQLTransformer(statement="SELECT *, IF(text LIKE '%unheard-of%', 9D, 0D) AS far FROM __THIS__"),
        Bucketizer(inputCol="far", outputCol="near", splits=[0.0, 1.0, 2.0]),
        SQLTransformer(statement="SELECT *, concat(text, near) AS said FROM __THIS__"),
    ]


@pytest.fixture(scope="module", params=["raised", "out of range"])
def choosy(spark: SparkSession, home: Path, request: pytest.FixtureRequest) -> Path:
    """A pipeline that fails on a word, as only Spark's own transform can."""
    folder = home / f"choosy {request.param}" / "sparkml"
    stages: list[Any] = [
        *failing_on_a_word(request.param),
        Tokenizer(inputCol="said", outputCol="words"),
        HashingTF(inputCol="words", outputCol="features", numFeatures=64),
        LogisticRegression(maxIter=2),
    ]
    labelled = spark.createDataFrame([("good", 1.0), ("bad", 0.0)], "text string, label double").coalesce(1)
    Pipeline(stages=stages).fit(labelled).save(str(folder))
    return folder


def test_a_model_in_the_plan_that_fails_on_a_text_is_told_from_a_topic_that_fails(
    spark: SparkSession, kafka: KafkaSettings, settings: ProcessorSettings, choosy: Path
) -> None:
    stream = Stream(spark, settings, OnDriver)
    send(kafka, *(tweet(number) for number in range(1, 11)))
    stream.start(stream.placed(1, certain))
    try:
        with capture_logs() as logs:
            stream.wait_for(10)
            stream.job.offer(InPlan(TransformScorer(stream.version(2), choosy, "")))
            wait_until(lambda: stream.job.reloads == 1)
            send(kafka, *(tweet(number) for number in range(11, 21)))
            stream.wait_for(20)
            send(kafka, tweet(21), POISON, tweet(22))
            stream.wait_for(23)
    finally:
        stream.stop()
    versions = stream.rows()
    assert (versions[11], versions[500]) == (2, 1)
    require_one_sentence(logs, "models:/tweet-sentiment/1")
    assert sum(tally.unaccounted for tally in stream.sink.totals.values()) == 0


def test_a_model_in_the_plan_whose_pattern_takes_too_deep_a_stack_for_a_long_text_never_serves(
    spark: SparkSession, settings: ProcessorSettings, home: Path
) -> None:
    stages: list[Any] = [
        RegexTokenizer(inputCol="text", outputCol="words", pattern="(?:a|b)+", gaps=False),
        HashingTF(inputCol="words", outputCol="features", numFeatures=64),
        LogisticRegression(maxIter=2),
    ]
    labelled = spark.createDataFrame([("a b", 1.0), ("ab", 0.0)], "text string, label double").coalesce(1)
    Pipeline(stages=stages).fit(labelled).save(str(home / "deep" / "sparkml"))
    version = ModelVersion("m", 1, LabelMap(POLAR), NeutralBand(), "")
    with pytest.raises(UserError, match=r"^models:/m/1 can't be run by Spark: .*StackOverflowError"):
        champion.prove(settings, spark, TransformScorer(version, home / "deep" / "sparkml", ""))
    # Spark is still there.
    assert spark.range(1).count() == 1
