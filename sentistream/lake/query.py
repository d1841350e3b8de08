"""Queries of the lake by DuckDB, over the files that delta-rs names."""

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.lake import reading
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
        tables = lake.opened()
        if SCORED not in tables:
            lake.require(SCORED)
    for table, handle in tables.items():
        _register(connection, table.name, reading.rows(lake, table, handle))
    connection.execute("SET TimeZone = 'UTC'")
    # A query reads the tables and nothing else of this machine.
    connection.execute("SET enable_external_access = false")
    try:
        answer = connection.execute(sql)
        return [column[0] for column in answer.description or []], answer.fetchall()
    except duckdb.Error as wrong:
        raise UserError(f"DuckDB refuses the query: {str(wrong).splitlines()[0]}", exit_code=2) from wrong


def _register(connection: duckdb.DuckDBPyConnection, name: str, rows: ds.Dataset | pa.RecordBatchReader) -> None:
    if isinstance(rows, ds.Dataset):
        connection.register(name, rows)
        return
    # A reader can be read once, and a query may ask for a table twice.
    connection.register("once", rows)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM once")  # noqa: S608 - a name of the contract
    connection.unregister("once")
