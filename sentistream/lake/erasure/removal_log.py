"""`audit/removals`: what was removed from which table, when and why.

A table's own commits count what they remove; what is written down here is their count less what was written down before. So a process that is killed
between the two is made up for by the next.
"""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import REMOVALS, Table

WHY = "forgotten"


def write_down(lake: Lake, request: str, table: Table, total: int) -> int:
    """Add what has been removed from a table since it was last written down.

    Args:
        lake: where.
        request: what it was removed for.
        table: where from.
        total: how many rows the table's own commits have counted.
    """
    rows = total - _written_down(lake, table)
    if rows > 0:
        lake.require_room()
        row = {"request": [request], "removed_at": pa.array([datetime.now(UTC)], pa.timestamp("us", tz="UTC"))}
        row |= {"table_name": [str(table)], "rows": pa.array([rows], pa.int64()), "why": [WHY]}
        write_deltalake(create.create(lake, REMOVALS), pa.table(row), mode="append")
    return rows


def _written_down(lake: Lake, table: Table) -> int:
    handle = lake.open(REMOVALS)
    if handle is None:
        return 0
    rows = handle.to_pyarrow_table(columns=["table_name", "rows", "why"])
    chosen = pc.and_(pc.equal(rows["table_name"], str(table)), pc.equal(rows["why"], WHY))
    return int(pc.sum(rows.filter(chosen)["rows"]).as_py() or 0)
