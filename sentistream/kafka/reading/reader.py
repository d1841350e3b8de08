"""Offset ranges → Arrow, by librdkafka: committed records alone, bounded in memory, each offset of the range read or known to hold no record.

A range ends by position and not by its last record: markers, aborted and compacted records leave offsets without one, at its end too. librdkafka says
that it is beyond them by a later record, or by the end of the partition; in `read_committed` that is the last stable offset.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Self

import pyarrow as pa
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from sentistream.errors import UserError
from sentistream.kafka import connection
from sentistream.kafka.connection import NoBrokerError
from sentistream.kafka.reading.records import SCHEMA, as_arrow, size_of
from sentistream.settings import KafkaSettings

MOST_RECORDS, MOST_BYTES = 250_000, 64 << 20
"""Of one piece, by default."""
MOST_AT_ONCE = 10_000
"""How many messages librdkafka hands out at once."""
FIRST_AT_ONCE = 16
"""While nothing is known of their size: a record may have 2 MiB."""
POLL_SECONDS = 0.05
"""How long a poll waits for them: what it takes in meanwhile bounds memory, too."""
QUEUED_KIBIBYTES = 16 << 10
"""How much librdkafka fetches ahead."""
LEAST_PATIENCE_SECONDS = 10.0
"""A broker that has answered just now is given so long, however short the wait for one that is away."""
GONE = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})
OF_GROUP = frozenset({KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError._PARTITION_EOF})
"""No refusals: nothing is asked of a consumer group."""


class OffsetsGoneError(UserError):
    """The broker no longer holds, or never held, the offset to read from."""


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
        self._servers = settings.kafka_bootstrap_servers
        self._patience = max(settings.kafka_wait_seconds, LEAST_PATIENCE_SECONDS)
        self._most_records, self._most_bytes = most_records, most_bytes
        self._mean_bytes = 0.0
        self._last_error: KafkaError | None = None
        options = {
            **connection.librdkafka_options(settings),
            # Asked for by librdkafka and used for nothing: offsets are the table's.
            "group.id": "sentistream",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "queued.max.messages.kbytes": QUEUED_KIBIBYTES,
            "error_cb": self._failed,
            # What fails is said in a sentence; its own log lines would go to standard error as they come.
            "log_level": 2,
        }
        try:
            self._consumer = Consumer(options)
        except KafkaException as refused:
            raise UserError(f"The settings of the Kafka connection are refused: {refused}", exit_code=2) from refused

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()

    def read(self, topic: str, partition: int, start: int, end: int) -> Generator[Piece, None, None]:
        """The offsets from one up to but not including another, which is at most the last stable one, piece by piece.

        Whoever does not come to the end closes it.

        Raises:
            OffsetsGoneError: the broker does not hold the first one.
            NoBrokerError: nothing came for `kafka_wait_seconds`.
            UserError: it has no such topic or partition, or does not let this user read it.
        """
        if start >= end:
            return
        where = TopicPartition(topic, partition, start)
        self._consumer.assign([where])
        try:
            yield from self._pieces(where, end)
        finally:
            self._consumer.unassign()

    def _pieces(self, where: TopicPartition, end: int) -> Generator[Piece, None, None]:
        topic, number, position = where.topic, where.partition, where.offset
        held, heard = _Held(position), time.monotonic()
        while position < end:
            messages = self._consumer.consume(self._most_at_once(held, end - position), POLL_SECONDS)
            reached, within = position, list[Message]()
            for message in messages:
                error, offset = message.error(), message.offset() or 0
                if error is None and offset >= reached:
                    reached = offset + 1
                    within += [message] if offset < end else []
                elif error is not None and error.code() == KafkaError._PARTITION_EOF:
                    reached = max(reached, offset)
                elif error is not None:
                    self._require_passing(error, where)
            held.add(topic, number, within)
            if reached > position:
                position, heard = min(reached, end), time.monotonic()
            elif time.monotonic() - heard > self._patience:
                self._require_there(topic, number)
                raise self._silent(topic, number, position)
            if position < end and (held.rows >= self._most_records or held.bytes >= self._most_bytes):
                yield held.piece(position)
                held = _Held(position)
        yield held.piece(end)

    def _most_at_once(self, held: _Held, left: int) -> int:
        """How many messages to take, so that the piece stays within its bounds if they are as large as those before."""
        if held.rows:
            self._mean_bytes = max(1.0, held.bytes / held.rows)
        room = int((self._most_bytes - held.bytes) / self._mean_bytes) if self._mean_bytes else FIRST_AT_ONCE
        return max(1, min(MOST_AT_ONCE, left, self._most_records - held.rows, room))

    def _require_there(self, topic: str, number: int) -> None:
        """Refuse a topic or partition that the broker does not have: librdkafka asks on for minutes, since it may come."""
        try:
            found = self._consumer.list_topics(topic, timeout=LEAST_PATIENCE_SECONDS).topics[topic]
        except KafkaException as refused:
            self._last_error = refused.args[0]
            return
        if found.error is not None:
            self._require_passing(found.error, TopicPartition(topic, number, 0))
        if number not in found.partitions:
            raise _no_such(topic, number)

    def _failed(self, error: KafkaError) -> None:
        """Called by librdkafka with what concerns the whole connection, and may pass."""
        self._last_error = error

    def _require_passing(self, error: KafkaError, where: TopicPartition) -> None:
        """Refuse what does not pass by itself."""
        code, topic, number = error.code(), where.topic, where.partition
        if code in OF_GROUP:
            return
        if code in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            raise OffsetsGoneError(
                f"The broker does not hold an offset of {topic} partition {number} that was to be read, from {where.offset} on: retention has "
                "passed, or it has lost records. Start again: that says which."
            )
        if code in GONE:
            raise _no_such(topic, number)
        if code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            raise UserError(
                f"The broker does not let this user read the topic {topic} (KAFKA_TOPIC, KAFKA_SASL_USERNAME): allow Describe and Read on it."
            )
        if not error.retriable() and code > 0:
            raise UserError(f"The broker refuses to hand out {topic} partition {number} (KAFKA_TOPIC): {error.str()}.")
        self._last_error = error

    def _silent(self, topic: str, number: int, position: int) -> NoBrokerError:
        why = f": {self._last_error.str()}" if self._last_error is not None else ""
        return NoBrokerError(
            f"The broker at {self._servers} (KAFKA_BOOTSTRAP_SERVERS) did not hand out {topic} partition {number} from offset {position} on "
            f"within {self._patience:.0f} s{why}"
        )


def _no_such(topic: str, number: int) -> UserError:
    return UserError(f"The broker has no topic {topic} with a partition {number} (KAFKA_TOPIC).")
