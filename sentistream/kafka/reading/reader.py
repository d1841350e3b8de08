"""Offset ranges → Arrow, bounded in memory: each offset of a range is read, or known to hold no committed record."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Self

import pyarrow as pa
from confluent_kafka import Message

from sentistream.kafka.reading.consumer import OffsetsConsumer
from sentistream.kafka.reading.records import SCHEMA, as_arrow, size_of
from sentistream.settings import KafkaSettings

MOST_RECORDS, MOST_BYTES = 250_000, 16 << 20
"""Of one piece, by default."""
MOST_AT_ONCE = 10_000
"""How many messages librdkafka hands out at once."""
FIRST_AT_ONCE = 4
"""While nothing is known of their size: a record may have 2 MiB."""


@dataclass(frozen=True)
class Piece:
    """A part of a range, all of it: the records of the offsets from `start` up to but not including `end`."""

    start: int
    end: int
    records: pa.Table
    """Columns of `records.SCHEMA`, in the order of their offsets."""

    @property
    def holes(self) -> int:
        """How many of the offsets hold no committed record."""
        return self.end - self.start - int(self.records.num_rows)


@dataclass
class _Held:
    """What was read of a piece so far."""

    start: int
    batches: list[pa.RecordBatch] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0

    def add(self, topic: str, number: int, messages: list[Message]) -> None:
        if messages:
            self.batches.append(as_arrow(topic, number, messages))
            self.rows += len(messages)
            self.bytes += sum(map(size_of, messages))

    def piece(self, end: int) -> Piece:
        return Piece(self.start, end, pa.Table.from_batches(self.batches, SCHEMA))


class Reader:
    """Reads ranges one after the other over one connection; not safe in two threads."""

    def __init__(self, settings: KafkaSettings, most_records: int = MOST_RECORDS, most_bytes: int = MOST_BYTES) -> None:
        """Make one; it connects when it reads.

        Args:
            settings: name the broker, and how to log in.
            most_records: of one piece.
            most_bytes: of one piece, keys and values; exceeded by what one poll brings, and by a single record.
        """
        self._consumer = OffsetsConsumer(settings)
        self._most_records, self._most_bytes = most_records, most_bytes
        self._mean_bytes = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()

    def read(self, topic: str, partition: int, start: int, end: int) -> Generator[Piece, None, None]:
        """The offsets from one up to but not including another, piece by piece: bounds and errors are those of `OffsetsConsumer.messages`.

        Whoever does not come to the end closes it.
        """
        held = _Held(start)

        def most(left: int) -> int:
            return min(left, self._most_at_once(held))

        with closing(self._consumer.messages(topic, partition, start, end, most)) as polls:
            for messages, position in polls:
                held.add(topic, partition, messages)
                if position == end or held.rows >= self._most_records or held.bytes >= self._most_bytes:
                    yield held.piece(position)
                    held = _Held(position)

    def _most_at_once(self, held: _Held) -> int:
        """How many messages to take, so that the piece stays within its bounds if they are as large as those before."""
        if held.rows:
            self._mean_bytes = max(1.0, held.bytes / held.rows)
        room = int((self._most_bytes - held.bytes) / self._mean_bytes) if self._mean_bytes else FIRST_AT_ONCE
        return min(MOST_AT_ONCE, self._most_records - held.rows, room)
