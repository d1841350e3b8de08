import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from sentistream import topic
from sentistream.settings import KafkaSettings
from tests.conftest import FIXTURES, ROOT, run_module
from tests.integration.official_broker import official_broker


def consume(settings: KafkaSettings) -> list[object]:
    admin = topic.connect(settings)
    found = topic.describe(admin, settings.kafka_topic)
    assert found is not None
    total = sum(held.end for held in topic.ranges(admin, found).values())
    admin.close()
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    partitions = [TopicPartition(settings.kafka_topic, number) for number in found.partitions]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    records: list[object] = []
    while len(records) < total:
        for batch in consumer.poll(timeout_ms=5000).values():
            records += batch
    consumer.close()
    return records


def check_the_contract(settings: KafkaSettings) -> None:
    run = run_module(
        "producer",
        "replay",
        str(FIXTURES / "tweets.csv"),
        "--rate",
        "0",
        "--json",
        env={
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "KAFKA_TOPIC": settings.kafka_topic,
        },
    )
    assert run.returncode == 0, run.stderr
    counts = json.loads(run.stdout)
    assert (counts["published"], counts["acknowledged"], counts["failed"]) == (160, 160, 0)
    records = consume(settings)
    assert len(records) == 160
    for record in records:
        data = json.loads(record.value)["data"]  # type: ignore[attr-defined]  # a ConsumerRecord
        headers = dict(record.headers)  # type: ignore[attr-defined]
        assert record.key.decode() == data["id"]  # type: ignore[attr-defined]
        assert set(headers) == {"schema", "source", "source_position", "label"}
        assert record.timestamp_type == 1, "the broker's own time"  # type: ignore[attr-defined]


@pytest.mark.broker
def test_what_is_replayed_fulfils_the_contract(kafka: KafkaSettings) -> None:
    check_the_contract(kafka)


@pytest.mark.docker
def test_what_is_replayed_to_the_official_image_fulfils_the_contract(docker_engine: None) -> None:
    with official_broker() as (_, servers):
        check_the_contract(KafkaSettings.from_options(kafka_bootstrap_servers=servers, kafka_topic="tweets"))


@pytest.mark.broker
def test_a_broken_row_is_named_and_the_rest_published(kafka: KafkaSettings, tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("label,text\n1,good\nmeh,odd\n0,bad\n")
    env = {"KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers, "KAFKA_TOPIC": kafka.kafka_topic}
    run = run_module("producer", "replay", str(file), "--rate", "0", "--json", env=env)
    assert run.returncode == 0
    assert json.loads(run.stdout)["broken_rows"] == 1
    assert f"{file}, line 3" in run.stderr


def replay(settings: KafkaSettings, *options: str) -> dict[str, object]:
    env = {"KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers, "KAFKA_TOPIC": settings.kafka_topic}
    run = run_module("producer", "replay", str(FIXTURES / "tweets.csv"), "--rate", "0", "--json", *options, env=env)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)  # type: ignore[no-any-return]


@pytest.mark.broker
def test_a_restarted_replay_publishes_exactly_the_rest(kafka: KafkaSettings) -> None:
    assert replay(kafka, "--resume", "--limit", "90")["published"] == 90
    # Others publish too: more than the first look at the tail takes in.
    producer = KafkaProducer(bootstrap_servers=kafka.kafka_bootstrap_servers)
    for number in range(1000):
        producer.send(kafka.kafka_topic, key=str(number).encode(), value=b"{}")
    producer.close()
    assert replay(kafka, "--resume")["published"] == 70
    assert replay(kafka, "--resume")["published"] == 0
    keys = [record.key for record in consume(kafka) if record.headers]  # type: ignore[attr-defined]
    assert len(keys) == len(set(keys)) == 160


@pytest.mark.broker
def test_a_replay_that_stays_shows_that_it_lives_until_it_is_told_to_stop(kafka: KafkaSettings, tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    process = subprocess.Popen(
        [sys.executable, "-m", "producer", "replay", str(FIXTURES / "tweets.csv"), "--rate", "0", "--resume", "--stay"],
        env={
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers,
            "KAFKA_TOPIC": kafka.kafka_topic,
            "HEARTBEAT_FILE": str(heartbeat),
        },
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not heartbeat.exists():
            assert time.monotonic() < deadline, "no heartbeat"
            time.sleep(0.1)
        first = heartbeat.stat().st_mtime_ns
        while heartbeat.stat().st_mtime_ns == first:
            assert time.monotonic() < deadline, "only one beat"
            time.sleep(0.1)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGTERM)
        _, printed = process.communicate(timeout=30)
    assert process.returncode == 0, printed
    assert len(consume(kafka)) == 160


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("absent.csv",), "absent.csv: there is no such file."),
        (("tests/fixtures/tweets.csv", "--rate", "-1"), "RATE: Input should be greater than or equal to 0"),
        (("tests/fixtures/tweets.csv", "--kafka-topic", "a b"), "KAFKA_TOPIC: String should match pattern"),
    ],
)
def test_a_wrong_argument_gets_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    run = run_module("producer", "replay", *arguments)
    assert run.returncode == 2
    assert f"error: {sentence}" in run.stderr
    assert "Traceback" not in run.stderr
