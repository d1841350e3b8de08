"""The ledger: each partition's last offset and its running totals, as application transactions of the table's own commits.

The last offset of partition 0 is the version of the transaction `<topic>/<topic id>/0`; the totals are those of
`<topic>/<topic id>/0/<total>`. They commit with the rows they count, so they can't disagree with them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from deltalake import DeltaTable, Transaction

from sentistream.errors import UserError
from sentistream.kafka.topic import Topic

TOTALS = ("first", "scored", "rejected", "duplicates", "holes", "lost", "time_ms")
LATER = frozenset({"holes"})
"""Totals that tables of older versions do not have: they are 0."""


@dataclass(frozen=True)
class Tally:
    """One partition: the first and last offset ever read, and the fates of the records between.

    `holes` counts offsets that hold no committed record, `lost` records that the broker no longer had and whose loss was accepted; `time_ms` is the Kafka time of the last
    record, in milliseconds since 1970.
    """

    first: int
    last: int
    scored: int = 0
    rejected: int = 0
    duplicates: int = 0
    holes: int = 0
    lost: int = 0
    time_ms: int = 0

    @property
    def read(self) -> int:
        """Offsets read: the end offset minus the first offset."""
        return self.last + 1 - self.first

    @property
    def unaccounted(self) -> int:
        """What invariant 4 holds at zero."""
        return self.read - self.scored - self.rejected - self.duplicates - self.holes - self.lost

    def plus(self, batch: "Tally", accepted_loss: int = 0) -> "Tally":
        """This tally continued by the batch that follows it, after at most `accepted_loss` missing records.

        Raises:
            UserError: the batch does not begin where this ends.
        """
        lost = batch.first - self.last - 1
        if not 0 <= lost <= accepted_loss:
            raise UserError(
                f"A batch begins at offset {batch.first} where the table ends at {self.last}: records are missing, "
                "nothing was written. Start again; if it happens again, the broker has lost data."
            )
        return replace(
            self,
            last=batch.last,
            scored=self.scored + batch.scored,
            rejected=self.rejected + batch.rejected,
            duplicates=self.duplicates + batch.duplicates,
            holes=self.holes + batch.holes,
            lost=self.lost + lost + batch.lost,
            time_ms=max(self.time_ms, batch.time_ms),
        )


def app_id(topic: Topic, partition: int) -> str:
    """The application id of a partition's offset."""
    return f"{topic.name}/{topic.topic_id}/{partition}"


def committed_offsets(table: DeltaTable, topic: Topic) -> dict[int, int]:
    """The last offset of each partition that the table holds."""
    versions = {number: table.transaction_version(app_id(topic, number)) for number in topic.partitions}
    return {number: version for number, version in versions.items() if version is not None}


def tallies(table: DeltaTable, topic: Topic) -> dict[int, Tally]:
    """The totals of each partition that the table has come to."""
    return {
        number: Tally(last=last, **{name: _total(table, topic, number, name) for name in TOTALS})
        for number, last in committed_offsets(table, topic).items()
    }


def _total(table: DeltaTable, topic: Topic, partition: int, name: str) -> int:
    total = table.transaction_version(f"{app_id(topic, partition)}/{name}")
    if total is None and name in LATER:
        return 0
    if total is None:
        raise UserError(
            f"{table.table_uri} has an offset for partition {partition} but no total {name}: it was not written by this program."
        )
    return total


def topic_number(topic: Topic) -> int:
    """A topic's id as the 63-bit version of a transaction, so that a re-created topic is noticed."""
    digest = hashlib.sha256(topic.topic_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def is_another_topic(table: DeltaTable, topic: Topic) -> bool:
    """True when the table was last written from a topic of this name but with another id."""
    known = table.transaction_version(topic.name)
    return known is not None and known != topic_number(topic)


def accepted_at(table: DeltaTable, topic: Topic) -> datetime | None:
    """When this topic was accepted in the place of one with another id; None where it was not."""
    milliseconds = table.transaction_version(_accepted(topic))
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def acceptance_transaction(topic: Topic, accepted: datetime) -> Transaction:
    """The transaction that says when the topic was accepted in the place of one with another id."""
    return Transaction(_accepted(topic), int(accepted.timestamp() * 1000))


def _accepted(topic: Topic) -> str:
    return f"{topic.name}/{topic.topic_id}/accepted_ms"


def offset_transactions(topic: Topic, last: Mapping[int, int]) -> list[Transaction]:
    """The transactions that say how far a table has come, and from which topic."""
    offsets = [Transaction(app_id(topic, number), offset) for number, offset in sorted(last.items())]
    return [Transaction(topic.name, topic_number(topic)), *offsets]


def total_transactions(topic: Topic, totals: Mapping[int, Tally]) -> list[Transaction]:
    """The transactions with the counts of the records' fates."""
    return [
        Transaction(f"{app_id(topic, number)}/{name}", getattr(tally, name))
        for number, tally in sorted(totals.items())
        for name in TOTALS
    ]


def sum_of(parts: Iterable[Tally]) -> dict[str, int]:
    """The totals over all partitions: read, scored, rejected, duplicates, holes, lost, unaccounted."""
    every = list(parts)
    return {
        name: sum(getattr(tally, name) for tally in every)
        for name in ("read", "scored", "rejected", "duplicates", "holes", "lost", "unaccounted")
    }
