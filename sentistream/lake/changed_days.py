"""The days of which commits to the scored table changed or removed rows, `silver/changed_days`: a record that outlives silver's log.

A rescoring, an erasure or a removal of late duplicates first records here the days (of `created_at`) of its rows, under a random number; then its commit
to the scored table names the number in the transaction `silver/changed_days/last`. Each record says which one it follows, so a way leads back from the
last one. Killed in between, a record is on no way. Of two such commits at once delta-rs refuses the second, since both carry that transaction; it is
tried again with a record that follows the first. A retirement is none of them: what it drops is counted on in `gold/retired_per_minute`.
"""

import secrets
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, Transaction, write_deltalake

from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import CHANGED_DAYS

LAST = f"{CHANGED_DAYS}/last"
"""The scored table's transaction whose version is the last change."""


def last(scored: DeltaTable) -> int:
    """The scored table's last change, 0 where there was none."""
    return scored.transaction_version(LAST) or 0


def record(lake: Lake, scored: DeltaTable, created_at: pa.ChunkedArray) -> Transaction:
    """Record the days of rows before a commit changes or removes them.

    Args:
        lake: where.
        scored: the scored table as that commit takes it to be; one that was tried again records again.
        created_at: of the rows.

    Returns:
        What the commit has to carry.
    """
    table = lake.open(CHANGED_DAYS) or create.create(lake, CHANGED_DAYS)
    days = pc.unique(pc.cast(created_at, pa.timestamp("us", "UTC")).cast(pa.date32()))
    change = secrets.randbits(62) + 1
    rows = {
        "change": pa.repeat(pa.scalar(change, pa.int64()), len(days)),
        "follows": pa.repeat(pa.scalar(last(scored), pa.int64()), len(days)),
        "day": days,
    }
    write_deltalake(table, pa.table(rows, pa.schema(table.schema().to_arrow())), mode="append")
    return Transaction(LAST, change)


def since(lake: Lake, scored: DeltaTable, known: int) -> set[date] | None:
    """The days of the changes after a known one, 0 for all that there were, up to the scored table's version; None where the way back does not lead there."""
    named = last(scored)
    if named == known:
        return set()
    # Opened after the scored table: what it names is there.
    table = lake.open(CHANGED_DAYS)
    rows = table.to_pyarrow_table().to_pylist() if table is not None else []
    follows = {row["change"]: row["follows"] for row in rows}
    on_the_way: set[int] = set()
    while named != known:
        if named not in follows:
            return None
        on_the_way.add(named)
        named = follows[named]
    return {row["day"] for row in rows if row["change"] in on_the_way}
