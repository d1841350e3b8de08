"""A topic that is deleted and made again under a reader: nothing is read wrongly, nothing is lost in silence."""

import signal
import threading
import time
from collections.abc import Generator

import pytest
from kafka import TopicPartition
from kafka.admin import NewPartitions
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.topic import TOPIC_CONFIG
from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.reading.reader import Piece
from sentistream.kafka.reading.reader import Reader as OffsetsReader
from sentistream.kafka.topic import Topic
from sentistream.lake import doctor
from sentistream.lake.doctor import Verdict
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from sentistream.scoring.scorer import load
from sentistream.settings import DoctorSettings, KafkaSettings
from stream_processor.offsets import identity
from stream_processor.offsets.source import starting_offsets
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.job import StreamingJob
from stream_processor.stream.placement import OnDriver
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.bronze_rows import coordinates, copy
from tests.support.commands import run_module, start_module
from tests.support.lake_rows import rows, tweet
from tests.support.topic_records import offsets_on_topic, send
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from trainer.settings import TrainerSettings


def made_again(kafka: KafkaSettings) -> Topic:
    """Delete the topic and make another of its name."""
    admin = connection.connect(kafka)
    admin.delete_topics([kafka.kafka_topic])
    wait_until(lambda: topic.describe(admin, kafka.kafka_topic) is None)
    admin.close()
    return topic.ensure(kafka, TOPIC_CONFIG)


def test_a_processor_that_was_paused_commits_nothing_of_a_topic_that_was_made_again(
    environment: dict[str, str], kafka: KafkaSettings
) -> None:
    """The broker holds more than the old one had, so that every offset that is read next is there."""
    topic.ensure(kafka)
    environment = {**environment, "DEDUPLICATION_WINDOW_SECONDS": "1"}
    send(kafka, *(tweet(number) for number in range(1, 301)), b"no tweet")
    processor = start_module("stream_processor", "run", env=environment)
    try:
        wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 300, alive=[processor])
        processor.send_signal(signal.SIGSTOP)
        new = made_again(kafka)
        # The same tweets come again, and as many others.
        send(kafka, *(tweet(number) for number in range(1, 901)))
        time.sleep(2)  # The old topic's tweets are older than the window.
        processor.send_signal(signal.SIGCONT)
        _, printed = processor.communicate(timeout=PATIENCE_SECONDS)
    finally:
        processor.kill()
    assert processor.returncode == 1
    assert f"The topic {kafka.kafka_topic} was re-created" in printed
    assert "--accept-new-topic" in printed
    assert "Traceback" not in printed
    assert sorted(rows(environment, SCORED, "tweet_id")) == [*range(1, 301)]

    accepted = run_module("stream_processor", "run", "--once", "--accept-new-topic", env=environment)
    assert accepted.returncode == 0, accepted.stderr
    assert "is read from its beginning" in accepted.stderr
    assert sorted(rows(environment, SCORED, "tweet_id")) == [*range(1, 901)]
    totals = LakeSink(Lake.at(environment["LAKE_URI"]), new).totals.values()
    assert [sum(getattr(tally, name) for tally in totals) for name in ("read", "scored", "duplicates")] == [
        900,
        600,
        300,
    ]
    of_doctor = {name.lower(): value for name, value in environment.items() if name.startswith(("KAFKA", "LAKE"))}
    findings = doctor.examine(Lake.at(environment["LAKE_URI"]), DoctorSettings.from_options(**of_doctor))
    assert not [each for each in findings if each.verdict is Verdict.BROKEN]
    reached = [each.found for each in findings if each.promise == "Kafka holds what the tables end with"]
    assert len(reached) == 2
    assert all("0 to be scored" in found for found in reached)


class Reader:
    """A job of the test's own session, over one topic."""

    def __init__(
        self, spark: SparkSession, kafka: KafkaSettings, lake: Lake, model: ModelVersion, registry: TrainerSettings
    ) -> None:
        self._spark, self._lake, self._scorer = spark, lake, load(registry, model)
        self.topic = topic.ensure(kafka)
        self._settings = ProcessorSettings.from_options(
            kafka_bootstrap_servers=kafka.kafka_bootstrap_servers,
            kafka_topic=kafka.kafka_topic,
            lake_uri=lake.uri,
            checkpoint_uri=f"{lake.uri}/../checkpoints",
        )

    def job(self) -> tuple[StreamingJob, str]:
        """A job that goes on where the table ends, and from where that is."""
        sink = LakeSink(self._lake, self.topic)
        offsets = {number: sink.committed.get(number, -1) + 1 for number in self.topic.partitions}
        return StreamingJob(self._spark, self._settings, OnDriver(self._scorer), sink), starting_offsets(
            self.topic, offsets
        )

    def run(self) -> None:
        job, offsets = self.job()
        job.run(offsets, once=True)

    @property
    def scored(self) -> int:
        return self._lake.require(SCORED).to_pyarrow_table(columns=["tweet_id"]).num_rows


@pytest.fixture
def reader(
    spark: SparkSession,
    kafka: KafkaSettings,
    lake: Lake,
    champion: tuple[ModelVersion, PipelineModel],
    registry_settings: TrainerSettings,
) -> Reader:
    return Reader(spark, kafka, lake, champion[0], registry_settings)


def test_what_spark_says_of_a_smaller_topic_is_said_as_at_a_start(reader: Reader, kafka: KafkaSettings) -> None:
    send(kafka, *(tweet(number) for number in range(1, 51)))
    reader.run()
    made_again(kafka)
    send(kafka, tweet(51))
    with pytest.raises(UserError, match=r"^The topic .* was re-created: .*--accept-new-topic"):
        reader.run()
    assert reader.scored == 50


def test_retention_that_passes_the_reader_is_said_as_at_a_start(reader: Reader, kafka: KafkaSettings) -> None:
    send(kafka, *(tweet(number) for number in range(1, 51)))
    reader.run()
    send(kafka, *(tweet(number) for number in range(51, 101)))
    admin = connection.connect(kafka)
    ends = {number: held.end for number, held in topic.ranges(admin, reader.topic).items()}
    admin.delete_records({TopicPartition(kafka.kafka_topic, number): end - 1 for number, end in ends.items()})
    admin.close()
    with pytest.raises(UserError, match=r"^\d+ records of .* are gone: .*--accept-data-loss"):
        reader.run()
    assert reader.scored == 50


def test_a_topic_that_was_made_again_as_large_as_the_old_one_is_found_while_nothing_comes(
    reader: Reader, kafka: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "IDLE_SECONDS", 0.1)
    send(kafka, *(tweet(number) for number in range(1, 11)))
    job, offsets = reader.job()
    refused: list[BaseException] = []

    def run() -> None:
        try:
            job.run(offsets)
        except UserError as refusal:
            refused.append(refusal)

    running = threading.Thread(target=run)
    running.start()
    try:
        wait_until(lambda: reader.scored == 10)
        # Partitions that are added are the same topic's.
        admin = connection.connect(kafka)
        admin.create_partitions({kafka.kafka_topic: NewPartitions(3)})
        wait_until(lambda: len(topic.describe(admin, kafka.kafka_topic).partitions) == 3)  # type: ignore[union-attr]  # it is there
        send(kafka, *(tweet(number) for number in range(11, 41)), partitions=3)
        wait_until(lambda: reader.scored == 40)
        held = offsets_on_topic(kafka)
        admin.delete_topics([kafka.kafka_topic])
        wait_until(lambda: not running.is_alive())
    finally:
        admin.close()
        job.stop()
        running.join()
    assert {number for number, _ in held} == {0, 1, 2}
    assert len(refused) == 1
    assert f"The topic {kafka.kafka_topic} is gone" in str(refused[0])


def test_bronze_copies_nothing_of_a_topic_that_was_made_again_meanwhile(
    kafka: KafkaSettings, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = kafka.model_copy(update={"kafka_topic_partitions": 1})
    topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(20)))
    real = OffsetsReader.read

    def late(self: OffsetsReader, *arguments: object) -> Generator[Piece, None, None]:
        # It was described as the old one, and is read as the new one.
        made_again(kafka)
        send(kafka, *(tweet(number) for number in range(100, 200)))
        return real(self, *arguments)  # type: ignore[arg-type]  # passed through

    with monkeypatch.context() as patched:
        patched.setattr(OffsetsReader, "read", late)
        with pytest.raises(UserError, match=r"was re-created.*--accept-new-topic"):
            copy(kafka, lake)
    assert coordinates(lake) == []
