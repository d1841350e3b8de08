"""Offsets that a batch passes without a record: whether they are holes, or lost; asked of the broker's log before the batch is committed."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import structlog
from kafka import KafkaAdminClient, TopicPartition

from sentistream.errors import UserError
from sentistream.kafka.kept_connection import KeptConnection
from sentistream.kafka.reading import gaps
from sentistream.kafka.reading.gaps import Span
from sentistream.kafka.reading.reader import Reader
from sentistream.settings import KafkaSettings

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

    def __init__(self, settings: KafkaSettings, topic: str, accept_data_loss: bool) -> None:
        """Make one; it connects when it is first asked.

        Args:
            settings: name the broker.
            topic: whose partitions.
            accept_data_loss: whether lost records are counted, and gone behind.
        """
        self._connection = KeptConnection(settings)
        self._settings = settings
        self._topic = topic
        self._accept_data_loss = accept_data_loss
        self._reader: Reader | None = None

    def __call__(self, partition: int, spans: Sequence[Span]) -> Missing:
        """As `Judge`."""

        def left(admin: KafkaAdminClient) -> tuple[bool, list[Span]]:
            compacted = gaps.is_compacted(admin, self._topic)
            where = TopicPartition(self._topic, partition)
            return compacted, [] if compacted else gaps.unexplained(admin, where, list(spans))

        compacted, unexplained = self._connection.ask(left)
        # Compaction explains every gap, also one before a batch that follows a batch which was never committed.
        if compacted and self._holds_records(partition, spans[0]):
            raise UserError(
                f"Offsets of {self._topic} partition {partition} were left out, though they hold records (of {gaps.in_words(spans[:1])}): "
                "nothing was written. Start again: that reads them."
            )
        if unexplained and not self._accept_data_loss:
            raise lost(self._topic, partition, unexplained)
        if unexplained:
            log.warning("records are lost", partition=partition, where=gaps.in_words(unexplained))
        return Missing(count(spans) - count(unexplained), count(unexplained))

    def close(self) -> None:
        """End the connections."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
        self._connection.close()

    def _holds_records(self, partition: int, span: Span) -> bool:
        self._reader = self._reader or Reader(self._settings)
        with closing(self._reader.read(self._topic, partition, *span)) as pieces:
            return any(piece.records.num_rows for piece in pieces)
