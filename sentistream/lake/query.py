"""Queries of the lake by DuckDB, over the files that delta-rs names."""

from collections.abc import Mapping
from typing import Any

import duckdb
from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED, Table


def ask(
    lake: Lake, sql: str, tables: Mapping[Table, DeltaTable] | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one query on the tables as they are now, or as they were opened; column names and rows.

    Raises:
        UserError: the query is wrong, or there are no tables.
    """
    connection = duckdb.connect(":memory:")
    if tables is None:
        lake.require(SCORED)
        tables = lake.opened()
    for table, handle in tables.items():
        connection.register(table.name, handle.to_pyarrow_dataset())
    connection.execute("SET TimeZone = 'UTC'")
    # A query reads the tables and nothing else of this machine.
    connection.execute("SET enable_external_access = false")
    try:
        answer = connection.execute(sql)
        return [column[0] for column in answer.description or []], answer.fetchall()
    except duckdb.Error as wrong:
        raise UserError(f"DuckDB refuses the query: {str(wrong).splitlines()[0]}", exit_code=2) from wrong
