"""Malformed records, as every real source sends them sooner or later."""

from kafka import KafkaProducer

from sentistream.contracts.topic import MAX_MESSAGE_BYTES
from sentistream.kafka import client_config
from sentistream.settings import KafkaSettings

RECORDS: tuple[bytes | None, ...] = (
    b"not JSON at all",
    b'{"data": {"id": "1", "text": "cut sho',
    b'{"data": {"id": "1", "text": "\xff\xfe not UTF-8"}}',
    b"[1, 2, 3]",
    b'{"errors": [{"title": "operational-disconnect"}]}',
    b'{"data": {"text": "no id"}}',
    b'{"data": {"id": "one", "text": "an id that is no number"}}',
    b'{"data": {"id": "1"}}',
    b'{"data": {"id": "1", "text": "   "}}',
    b'{"data": {"id": "1", "text": "a NUL \\u0000 in the text"}}',
    b'{"data": {"id": "1", "text": {"not": "a string"}}}',
    b"[" * 100_000 + b"]" * 100_000,
    b'{"data": {"id": "1", "text": "' + b"x" * 1_000_000 + b'"}}',
    None,
)


def publish(settings: KafkaSettings) -> int:
    """Send them all, as a faulty producer would; their number."""
    producer = KafkaProducer(**client_config.kafka_python(settings), max_request_size=MAX_MESSAGE_BYTES)
    try:
        sent = [producer.send(settings.kafka_topic, value=value, key=b"malformed") for value in RECORDS]
        producer.flush(timeout=30)
        for future in sent:
            future.get(timeout=30)
    finally:
        producer.close(timeout=5)
    return len(RECORDS)
