"""What became of every record that was read, by silver's log alone: the doctor's own sums, at a cost that the table's size does not change."""

from collections.abc import Mapping
from dataclasses import dataclass

from deltalake import DeltaTable

from sentistream.lake import transactions
from sentistream.lake.doctor.balance import PARTS, Account, Counted, Partition, accounts, counted, removed
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED


@dataclass(frozen=True)
class Rows:
    """The rows of a topic's tweets that silver should hold, beside all that it holds."""

    held: int
    scored: int
    removed: int
    """Later, by retention, erasure or the removal of late duplicates."""

    @property
    def missing(self) -> int:
        """Below 0 where there are too many."""
        return self.scored - self.removed - self.held


@dataclass(frozen=True)
class Books:
    """One version of silver."""

    version: int
    partitions: Mapping[Partition, Counted]
    accounts: tuple[Account, ...]
    rows: Rows

    @property
    def read(self) -> int:
        """Records of all partitions."""
        return sum(each.read for each in self.accounts)

    @property
    def became(self) -> dict[str, int]:
        """`PARTS` → records of all partitions."""
        return {name: sum(each.became[name] for each in self.accounts) for name in PARTS}

    @property
    def is_balanced(self) -> bool:
        """Whether each partition is accounted for, and every row there."""
        return all(each.unaccounted == 0 for each in self.accounts) and self.rows.missing == 0


def of(lake: Lake, scored: DeltaTable) -> Books:
    """The books of silver as it was opened.

    Raises:
        FileNotFoundError: its log was cleaned up meanwhile; open the table again.
    """
    totals = transactions.of(scored)
    parts = counted(totals)
    [size] = lake.sizes({SCORED: scored})
    rows = Rows(
        size["rows"],
        sum(counts.sum("scored") for counts in parts.values()),
        sum(removed(totals, topic) for topic in {topic for topic, _ in parts}),
    )
    return Books(scored.version(), parts, tuple(accounts(parts)), rows)
