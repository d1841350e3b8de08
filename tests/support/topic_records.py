"""Records of a topic: sent and read without the project's own clients."""

from confluent_kafka import Producer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from sentistream.kafka import connection, topic
from sentistream.settings import KafkaSettings
from stream_processor.offsets.slices import INLINE_BYTES

LARGE = b'{"data": {"id": "9001", "text": "love it", "x": "%s"}}' % (b"x" * 2 * INLINE_BYTES)
"""A tweet that a batch's plan holds no value of."""


def send(kafka: KafkaSettings, *values: bytes | None, partitions: int | None = None) -> None:
    """Publish records to the topic's partitions in turn, from the first on, so that each record lies where it did in the run before.

    Args:
        kafka: names the topic, which must be there.
        values: of the records, which get no keys.
        partitions: how many the topic has, where they were added just now.
    """
    producer = KafkaProducer(
        bootstrap_servers=kafka.kafka_bootstrap_servers, max_request_size=2**22, compression_type="gzip"
    )
    number = partitions or len(producer.partitions_for(kafka.kafka_topic))
    for at, value in enumerate(values):
        producer.send(kafka.kafka_topic, value=value, partition=at % number)
    producer.flush()
    producer.close()


def transactional(kafka: KafkaSettings, name: str = "a") -> Producer:
    """A producer whose transactions are begun and ended by hand."""
    options = {"bootstrap.servers": kafka.kafka_bootstrap_servers, "transactional.id": f"{kafka.kafka_topic}-{name}"}
    # Until the coordinator has started it says at each try that it has not.
    producer = Producer({**options, "log_level": 2})
    producer.init_transactions()
    return producer


def in_a_transaction(
    producer: Producer, kafka: KafkaSettings, *values: bytes, ended: str = "commit", partition: int = 0
) -> None:
    """Publish records in a transaction, and commit, abort or leave it open: all of them are on the topic then."""
    producer.begin_transaction()
    for value in values:
        producer.produce(kafka.kafka_topic, value, value, partition=partition)
    producer.flush()
    if ended != "open":
        getattr(producer, f"{ended}_transaction")()


def consume(settings: KafkaSettings) -> list[object]:
    admin = connection.connect(settings)
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


def offsets_on_topic(kafka: KafkaSettings) -> list[tuple[int, int]]:
    """Partition and offset of every record that the topic holds."""
    admin = connection.connect(kafka)
    held = topic.ranges(admin, topic.ensure(kafka))
    admin.close()
    return [(number, offset) for number, part in sorted(held.items()) for offset in range(part.first, part.end)]
