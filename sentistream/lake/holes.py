"""The holes of a partition in bronze: how many, and the sum of their offsets, as application transactions of its own commits.

With both, every offset from the first to the last is accounted for without a list of holes: it is in a row, or it is one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from deltalake import DeltaTable, Transaction

MODULUS = 2**62
"""The sum is taken modulo this, so that it fits a version."""


@dataclass(frozen=True)
class Holes:
    """The holes from the offset on from which bronze is complete."""

    count: int = 0
    sum: int = 0

    def plus(self, spans: Iterable[tuple[int, int]]) -> "Holes":
        """With further ones: spans of offsets, each its first and the one after its last."""
        count, total = self.count, self.sum
        for first, end in spans:
            count += end - first
            total += (first + end - 1) * (end - first) // 2
        return Holes(count, total % MODULUS)

    def without(self, gone: "Holes") -> "Holes":
        """Without some of them."""
        return Holes(self.count - gone.count, (self.sum - gone.sum) % MODULUS)


NONE = Holes()


def of(table: DeltaTable, app_id: str) -> Holes:
    """Those of a partition, by the application id of its offset; none in a table that an older version wrote."""
    count, total = (table.transaction_version(name) for name in _names(app_id))
    return Holes(count or 0, total or 0)


def transactions(holes: Holes, app_id: str) -> list[Transaction]:
    """The transactions that say them."""
    return [Transaction(name, value) for name, value in zip(_names(app_id), (holes.count, holes.sum), strict=True)]


def _names(app_id: str) -> tuple[str, str]:
    return f"{app_id}/holes", f"{app_id}/holes_sum"
