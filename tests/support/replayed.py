"""What a replay puts on a topic, whatever broker and client."""

import json

from kafka.partitioner import murmur2

from sentistream.settings import KafkaSettings
from tests.support.commands import run_module
from tests.support.places import FIXTURES
from tests.support.topic_records import consume

CLIENTS = ("confluent-kafka", "kafka-python")


def environment(settings: KafkaSettings) -> dict[str, str]:
    return {"KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers, "KAFKA_TOPIC": settings.kafka_topic}


def check_the_contract(settings: KafkaSettings, client: str) -> None:
    run = run_module(
        "producer",
        "replay",
        str(FIXTURES / "tweets.csv"),
        "--rate",
        "0",
        "--json",
        env=environment(settings) | {"KAFKA_CLIENT": client},
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
        assert set(headers) == {"schema", "source", "source_position", "source_reading", "label"}
        assert record.timestamp_type == 1, "the broker's own time"  # type: ignore[attr-defined]
        assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % 2  # type: ignore[attr-defined]
