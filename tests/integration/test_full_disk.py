"""Whole processes on a small real disk that is full or read-only: one sentence, nothing half-counted, and on from there once there is room."""

import re
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet
from kafka import KafkaProducer
from kafka.errors import KafkaError
from pyspark.sql import SparkSession

from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka import topic
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port
from sentistream.lake.lake import Lake
from sentistream.lake.tables import PER_MINUTE, SCORED
from sentistream.settings import KafkaSettings
from sentistream.setup import jars
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.commands import run_module, start_module
from tests.support.lake_rows import TOPIC, batch, rows, tweet
from tests.support.places import FIXTURES, ROOT
from tests.support.small_disk import SmallDisk, mounted
from tests.support.topic_records import send
from tests.support.waiting import PATIENCE_SECONDS, wait_until


def again(*case: str) -> ParameterSet:
    """A case that takes another's way with another folder: before a release."""
    return pytest.param(*case, marks=pytest.mark.long)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with mounted(tmp_path / "a disk", "48m") as mounted_disk:
        yield mounted_disk


def modes(folder: Path) -> list[int]:
    """Of a folder that a process made, where it is still there."""
    return [stat.S_IMODE(folder.stat().st_mode)] if folder.exists() else []


def told(printed: str) -> str:
    """The sentence that a program ended with, which is all that it says of a failure."""
    assert "Traceback" not in printed
    *_, last = printed.splitlines()
    return last


@pytest.mark.parametrize("setting", ["LAKE_URI", again("CHECKPOINT_URI")])
def test_a_stream_whose_disk_gets_full_counts_nothing_and_goes_on_when_there_is_room(
    setting: str,
    environment: dict[str, str],
    kafka: KafkaSettings,
    champion: tuple[ModelVersion, object],
    disk: SmallDisk,
) -> None:
    place = disk.folder / "kept"
    environment = {**environment, setting: str(place)}
    found = topic.ensure(kafka)
    send(kafka, *(tweet(number) for number in range(1, 51)))
    processor = start_module("stream_processor", "run", env=environment)
    try:
        wait_until(lambda: len(rows(environment, SCORED, "tweet_id")) == 50, alive=[processor])
        disk.fill()
        send(kafka, *(tweet(number) for number in range(51, 301)))
        _, printed = processor.communicate(timeout=PATIENCE_SECONDS)
    finally:
        processor.kill()
    assert processor.returncode == 1
    assert re.match(rf"error: .*: The disk of {re.escape(str(place))} \({setting}\) is full \(", told(printed))
    # Of a checkpoint, which is scratch, nothing is left.
    disk.fill()
    refused = run_module("stream_processor", "run", "--once", env=environment)
    assert (refused.returncode, "is full" in told(refused.stderr)) == (1, True)
    disk.make_room()
    again = run_module("stream_processor", "run", "--once", env=environment)
    assert again.returncode == 0, again.stderr
    assert sorted(rows(environment, SCORED, "tweet_id")) == list(range(1, 301))
    assert [mode for mode in modes(place) if mode & 0o077] == []
    totals = LakeSink(Lake.at(environment["LAKE_URI"]), found).totals.values()
    assert (sum(tally.read for tally in totals), sum(tally.unaccounted for tally in totals)) == (300, 0)


@pytest.mark.parametrize(
    ("setting", "how"),
    [
        ("LAKE_URI", "read-only"),
        again("CHECKPOINT_URI", "read-only"),
        ("MODEL_CACHE", "full"),
    ],
)
def test_a_processor_does_not_start_on_a_disk_that_takes_nothing(
    setting: str,
    how: str,
    environment: dict[str, str],
    kafka: KafkaSettings,
    champion: tuple[ModelVersion, object],
    disk: SmallDisk,
) -> None:
    topic.ensure(kafka)
    send(kafka, tweet(1))
    environment = {**environment, setting: str(disk.folder / "kept")}
    if how == "full":
        disk.fill()
        run = run_module("stream_processor", "run", "--once", env=environment)
    else:
        with disk.read_only():
            run = run_module("stream_processor", "run", "--once", env=environment)
    assert run.returncode == 1
    assert f"({setting}) is {how} (" in told(run.stderr)


@pytest.mark.parametrize("how", ["full", again("read-only")])
def test_bronze_and_gold_are_kept_again_when_the_disk_takes_them(
    how: str,
    spark: SparkSession,
    empty_lake: Path,
    kafka: KafkaSettings,
    environment: dict[str, str],
    disk: SmallDisk,
) -> None:
    place = disk.folder / "lake"
    subprocess.run(["cp", "-r", str(empty_lake), str(place)], check=True)
    environment = {**environment, "LAKE_URI": str(place)}
    topic.ensure(kafka)
    send(kafka, tweet(1))
    LakeSink(Lake.at(str(place)), TOPIC).append(batch([tweet(1)]))
    if how == "full":
        disk.fill()
        refused = run_module("stream_processor", "tables", "--once", env=environment)
        disk.make_room()
    else:
        with disk.read_only():
            refused = run_module("stream_processor", "tables", "--once", env=environment)
    assert refused.returncode == 1
    assert f"{place} (LAKE_URI) is {how} (" in told(refused.stderr)
    again = run_module("stream_processor", "tables", "--once", env=environment)
    assert again.returncode == 0, again.stderr
    assert rows(environment, PER_MINUTE, "tweets") == [1]


@pytest.mark.parametrize("setting", ["TRAINER_STATE", "MLFLOW_TRACKING_URI", again("SPARK_SCRATCH")])
def test_a_training_whose_disk_is_full_registers_nothing_and_says_so(
    setting: str, tmp_path: Path, small_disk: SmallDisk
) -> None:
    environment = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}",
        "MLFLOW_ARTIFACTS": str(tmp_path / "artefacts"),
        "MODEL_CACHE": str(tmp_path / "models"),
        "TRAINER_STATE": str(tmp_path / "trainer"),
        "SPARK_SCRATCH": str(tmp_path / "spark"),
        "SPARK_LOG": str(tmp_path / "spark.log"),
    }
    place = small_disk.folder / "kept"
    environment[setting] = f"sqlite:///{place}" if "MLFLOW" in setting else str(place)
    small_disk.fill()
    run = run_module("trainer", "train", "--data", str(FIXTURES / "tweets.csv"), env=environment)
    assert run.returncode == 1
    assert re.search(
        rf"The disk of {re.escape(str(small_disk.folder))}\S*( \({setting}\))? is full \(", told(run.stderr)
    )


def test_a_broker_whose_disk_is_full_says_so_at_its_start_and_at_its_end(disk: SmallDisk) -> None:
    place = disk.folder / "broker"
    disk.fill()
    refused = run_module("sentistream", "broker", "--folder", str(place), "--port", str(free_port()))
    assert (refused.returncode, "is full (" in told(refused.stderr)) == (1, True)
    disk.make_room()
    with EmbeddedBroker(place) as broker:
        kafka = KafkaSettings.from_options(kafka_bootstrap_servers=broker.bootstrap_servers, kafka_topic="tweets")
        topic.ensure(kafka)
        disk.fill()
        producer = KafkaProducer(bootstrap_servers=broker.bootstrap_servers)
        producer.send("tweets", value=bytes(100_000))
        wait_until(lambda: not broker.is_running)
        with suppress(KafkaError):
            producer.close(timeout=1)
        assert re.match(rf"The disk of {re.escape(str(place))} .* is full", str(broker.why_it_ended()))


def test_a_demo_whose_disk_is_full_says_so(small_disk: SmallDisk) -> None:
    small_disk.fill()
    environment = {"DEMO_DATA": str(FIXTURES / "tweets.csv"), "PYTHONPATH": str(ROOT)}
    run = run_module("demo", env=environment, cwd=small_disk.folder)
    assert (run.returncode, "(the demo's folder) is full (" in told(run.stderr)) == (1, True)


def test_a_rehearsal_on_a_full_disk_ends_in_one_sentence(small_disk: SmallDisk) -> None:
    (small_disk.folder / "broker").symlink_to(jars.jars_folder() / "broker")
    small_disk.fill()
    refused = run_module("sentistream.rehearsal", env={"SENTISTREAM_JARS": str(small_disk.folder)})
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert re.match(rf"error: The disk of {re.escape(str(small_disk.folder))}.* is full \(", refused.stderr)
