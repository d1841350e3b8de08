"""`audit/removals`: what was removed from which table, when and why.

A table's own commits count what they remove; what is written down here is their count less what was written down before. So a process that is killed
between the two is made up for by the next.
"""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import write_deltalake

from sentistream.lake import tables
from sentistream.lake.schema import create
from sentistream.lake.tables import REMOVALS, Table

WHY = "forgotten"


def write_down(lake_uri: str, request: str, table: Table, total: int) -> int:
    """Add what has been removed from a table since it was last written down.

    Args:
        lake_uri: the lake.
        request: what it was removed for.
        table: where from.
        total: how many rows the table's own commits have counted.
    """
    name = f"{table.layer}/{table.name}"
    rows = total - _written_down(lake_uri, name)
    if rows > 0:
        row = {"request": [request], "removed_at": pa.array([datetime.now(UTC)], pa.timestamp("us", tz="UTC"))}
        row |= {"table_name": [name], "rows": pa.array([rows], pa.int64()), "why": [WHY]}
        write_deltalake(create.create(lake_uri, REMOVALS), pa.table(row), mode="append")
    return rows


def _written_down(lake_uri: str, name: str) -> int:
    table = tables.open_table(lake_uri, REMOVALS)
    if table is None:
        return 0
    rows = table.to_pyarrow_table(columns=["table_name", "rows", "why"])
    chosen = pc.and_(pc.equal(rows["table_name"], name), pc.equal(rows["why"], WHY))
    return int(pc.sum(rows.filter(chosen)["rows"]).as_py() or 0)
