"""The messages of an offset range, by librdkafka: committed records alone, and how far in the range it has come.

A range ends by position and not by its last record: markers, aborted and compacted records leave offsets without one, at its end too. librdkafka says
that it is beyond them by a later record, or by the end of the partition; in `read_committed` that is the last stable offset.
"""

import time
from collections.abc import Callable, Generator
from typing import NamedTuple, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from sentistream.errors import UserError
from sentistream.kafka import client_config, refusal
from sentistream.kafka.connection import NoBrokerError
from sentistream.kafka.refusal import BrokerRefusedError
from sentistream.settings import KafkaSettings

POLL_SECONDS = 0.05
"""How long a poll waits for messages: what it takes in meanwhile bounds memory, too."""
QUEUED_KIBIBYTES = 8 << 10
"""How much librdkafka fetches ahead."""
LEAST_PATIENCE_SECONDS = 10.0
"""A broker that has answered just now is given so long, however short the wait for one that is away."""
GONE = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})
OF_GROUP = frozenset({KafkaError.GROUP_AUTHORIZATION_FAILED})
"""No refusals: nothing is asked of a consumer group."""


class OffsetsGoneError(UserError):
    """The broker no longer holds, or never held, the offset to read from."""


class Polled(NamedTuple):
    """What one poll brought."""

    messages: list[Message]
    position: int
    """All offsets of the range below it are read, or hold no committed record."""


class OffsetsConsumer:
    """Reads ranges one after the other over one connection; not safe in two threads."""

    def __init__(self, settings: KafkaSettings) -> None:
        """Make one; it connects when it reads."""
        self._settings = settings
        self._servers = settings.kafka_bootstrap_servers
        self._patience = max(settings.kafka_wait_seconds, LEAST_PATIENCE_SECONDS)
        self._last_error: KafkaError | None = None
        self._refusal: BrokerRefusedError | None = None
        options = {
            **client_config.librdkafka(settings),
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

    def messages(
        self, topic: str, partition: int, start: int, end: int, most: Callable[[int], int]
    ) -> Generator[Polled, None, None]:
        """Poll the offsets from one up to but not including another, which is at most the last stable one.

        Whoever does not come to the end closes it.

        Args:
            topic: which.
            partition: of it.
            start: the first offset.
            end: the one after the last.
            most: how many messages to take next, of so many offsets that are left.

        Raises:
            OffsetsGoneError: the broker does not hold the first one.
            BrokerRefusedError: broker and client refuse each other.
            NoBrokerError: nothing came for `kafka_wait_seconds`.
            UserError: it has no such topic or partition, or does not let this user read it.
        """
        if start >= end:
            return
        where = TopicPartition(topic, partition, start)
        self._consumer.assign([where])
        try:
            position, heard = start, time.monotonic()
            while position < end:
                polled = self._polled(where, position, end, most(end - position))
                if polled.position > position:
                    position, heard = polled.position, time.monotonic()
                    yield polled
                elif self._refusal is not None:
                    raise self._refusal
                elif time.monotonic() - heard > self._patience:
                    self._require_there(topic, partition)
                    raise self._silent(topic, partition, position)
        finally:
            self._consumer.unassign()

    def _polled(self, where: TopicPartition, position: int, end: int, most: int) -> Polled:
        within: list[Message] = []
        for message in self._consumer.consume(max(1, most), POLL_SECONDS):
            error, offset = message.error(), message.offset() or 0
            if error is None and offset >= position:
                position = offset + 1
                within += [message] if offset < end else []
            elif error is not None and error.code() == KafkaError._PARTITION_EOF:
                position = max(position, offset)
            elif error is not None:
                self._require_passing(error, where)
        return Polled(within, min(position, end))

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
        """Called by librdkafka with what concerns the whole connection, and may pass, but for a refusal."""
        self._last_error = error
        reason = refusal.recognised(error.str())
        if reason is not None and reason.is_certain:
            self._refusal = refusal.refused(self._settings, reason)

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
