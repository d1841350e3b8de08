"""librdkafka's messages → Arrow."""

from collections.abc import Sequence

import pyarrow as pa
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Message

from sentistream.kafka.reading.headers import named

HEADERS = pa.map_(pa.string(), pa.binary())
SCHEMA = pa.schema(
    [
        pa.field("topic", pa.string(), nullable=False),
        pa.field("partition", pa.int32(), nullable=False),
        pa.field("offset", pa.int64(), nullable=False),
        # Milliseconds since 1970: a foreign producer's may be anything.
        pa.field("timestamp", pa.int64(), nullable=False),
        pa.field("key", pa.binary()),
        pa.field("value", pa.binary()),
        # Of a header that is there twice, the last.
        pa.field("headers", HEADERS, nullable=False),
    ]
)


def as_arrow(topic: str, partition: int, messages: Sequence[Message]) -> pa.RecordBatch:
    """Messages of one partition → a batch of `SCHEMA`."""
    count = len(messages)
    columns = [
        pa.repeat(pa.scalar(topic), count),
        pa.repeat(pa.scalar(partition, pa.int32()), count),
        pa.array([message.offset() for message in messages], pa.int64()),
        pa.array([_timestamp(message) for message in messages], pa.int64()),
        pa.array([message.key() for message in messages], pa.binary()),
        pa.array([message.value() for message in messages], pa.binary()),
        _headers(messages),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def size_of(message: Message) -> int:
    """Bytes of a message's key and value."""
    return len(message.key() or b"") + len(message.value() or b"")


def _timestamp(message: Message) -> int:
    kind, milliseconds = message.timestamp()
    return 0 if kind == TIMESTAMP_NOT_AVAILABLE else milliseconds


def _headers(messages: Sequence[Message]) -> pa.MapArray:
    offsets, names, values = [0], list[str](), list[bytes | None]()
    for message in messages:
        headers = named(message)
        names.extend(headers)
        values.extend(headers.values())
        offsets.append(len(names))
    return pa.MapArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(names, pa.string()), pa.array(values, pa.binary())
    )
