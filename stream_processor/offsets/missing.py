"""Offsets that a batch passes without a record: whether they are holes, or lost; asked of the broker's log before the batch is committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from kafka import KafkaAdminClient, TopicPartition

from sentistream.errors import UserError
from sentistream.kafka.kept_connection import KeptConnection
from sentistream.kafka.reading import gaps
from sentistream.kafka.reading.gaps import Span

log = structlog.get_logger()


@dataclass(frozen=True)
class Missing:
    """How many offsets of a partition hold no record, and why."""

    holes: int = 0
    lost: int = 0


class Judge(Protocol):
    """Tells holes from lost records."""

    def __call__(self, partition: int, spans: Sequence[Span]) -> Missing:
        """What spans of a partition's offsets are.

        Raises:
            UserError: records are lost, and that is not accepted.
        """


def count(spans: Sequence[Span]) -> int:
    """How many offsets they are."""
    return sum(end - first for first, end in spans)


def lost(topic: str, partition: int, spans: Sequence[Span]) -> UserError:
    """The refusal of offsets that nothing explains."""
    return UserError(
        f"{count(spans)} offsets of {topic} partition {partition} hold no record ({gaps.in_words(spans)}), and neither compaction nor a transaction "
        "explains it: the broker has lost them. Nothing of what was read with them was written; --accept-data-loss goes on behind them."
    )


class BrokersLog:
    """A `Judge` that looks into the broker's log."""

    def __init__(self, connection: KeptConnection, topic: str, accept_data_loss: bool) -> None:
        """Make one.

        Args:
            connection: its own.
            topic: whose partitions.
            accept_data_loss: whether lost records are counted, and gone behind.
        """
        self._connection = connection
        self._topic = topic
        self._accept_data_loss = accept_data_loss

    def __call__(self, partition: int, spans: Sequence[Span]) -> Missing:
        """As `Judge`."""

        def left(admin: KafkaAdminClient) -> list[Span]:
            return gaps.unexplained(admin, TopicPartition(self._topic, partition), list(spans))

        unexplained = self._connection.ask(left)
        if unexplained and not self._accept_data_loss:
            raise lost(self._topic, partition, unexplained)
        if unexplained:
            log.warning("records are lost", partition=partition, where=gaps.in_words(unexplained))
        return Missing(count(spans) - count(unexplained), count(unexplained))
