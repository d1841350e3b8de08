"""Runs a query by DuckDB over the files that delta-rs names; it can read the tables, and change nothing."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from pyarrow.dataset import Dataset, FileSystemDataset, Scanner

from sentistream.errors import UserError
from sentistream.lake import reading
from sentistream.lake.lake import Lake
from sentistream.lake.query import box
from sentistream.lake.query.bounds import Bounds
from sentistream.lake.query.statement import question
from sentistream.lake.tables import (
    CHANGED_DAYS,
    EVERY,
    FORGOTTEN,
    KEPT_BESIDE,
    MODEL_PROFILES,
    REMOVALS,
    RETIRED,
    SCORED,
    Table,
)

BATCH_ROWS = 10_000
"""Of an answer that is written as it comes."""
BOUNDS = Bounds()
BEGUN_BY = {
    **dict.fromkeys(
        KEPT_BESIDE,
        "`sentistream tables` keeps it beside the stream (in containers the service `tables`)",
    ),
    CHANGED_DAYS: "it begins when rows of silver are rescored or removed",
    RETIRED: "it begins when SILVER_KEPT_DAYS has dropped a day",
    MODEL_PROFILES: "it begins when a version that has a profile scores",
    FORGOTTEN: "`sentistream lake forget` begins it",
    REMOVALS: "`sentistream lake forget` begins it",
}
"""Where a table comes from that a lake can do without."""


@dataclass
class Answer:
    """What a query gives: batches of rows, read as they are asked for."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    rows: int = 0
    """How many of them are read."""
    is_cut: bool = False
    """Whether the bounds left rows out, when the last batch is read."""


class Sparing(FileSystemDataset):  # type: ignore[misc]  # Arrow has no types
    """A table's files, read less far ahead than Arrow does by itself; DuckDB asks the dataset's class for its scanner."""

    @classmethod
    def of(cls, rows: FileSystemDataset) -> "Sparing":
        """The same files."""
        return cls(list(rows.get_fragments()), rows.schema, rows.format, rows.filesystem)

    def scanner(self, **given: object) -> Scanner:
        """As Arrow's own."""
        return super().scanner(**{**given, **reading.READ_AHEAD})


@contextmanager
def asked(
    lake: Lake,
    sql: str,
    tables: Mapping[Table, DeltaTable] | None = None,
    *,
    bounds: Bounds = BOUNDS,
    overdue: Callable[[UserError], None] | None = None,
) -> Iterator[Answer]:
    """Ask one question of the tables as they are now, or as they were opened; the answer can be read until the context ends.

    Columns have the names that the query gives them, a repeated name with a number behind it. `overdue` is what `box.opened` takes.

    Raises:
        UserError: the query is wrong or takes more than its bounds, also while its answer is read and written, or there are no tables.
    """
    if tables is None:
        tables = lake.opened()
        if SCORED not in tables:
            lake.require(SCORED)
    with box.opened(bounds, overdue) as asking:
        try:
            statement = question(asking.connection, sql)
            for table, handle in tables.items():
                _register(asking.connection, lake, table, handle, sql)
            asking.close()
            rows = asking.connection.sql(statement).to_arrow_reader(BATCH_ROWS)
        except duckdb.CatalogException as absent:
            raise UserError(_missing(lake, sql, tables) or str(asking.refusal(absent)), exit_code=2) from absent
        except (duckdb.Error, MemoryError, RuntimeError) as wrong:
            raise asking.refusal(wrong) from wrong
        names = _distinct(rows.schema.names)
        schema = pa.schema([field.with_name(name) for field, name in zip(rows.schema, names, strict=True)])
        answer = Answer(schema, iter(()))
        answer.batches = _read(rows, names, asking, answer)
        try:
            yield answer
        except MemoryError as wrong:  # it is written, several times as large
            raise asking.refusal(wrong) from wrong


def ask(lake: Lake, sql: str, tables: Mapping[Table, DeltaTable] | None = None, *, bounds: Bounds = BOUNDS) -> pa.Table:
    """The whole answer to a question, as `asked` reads it."""
    with asked(lake, sql, tables, bounds=bounds) as answer:
        return pa.Table.from_batches(answer.batches, answer.schema)


def _register(connection: duckdb.DuckDBPyConnection, lake: Lake, table: Table, handle: DeltaTable, sql: str) -> None:
    try:
        rows = reading.rows(lake, table, handle)
    except UserError:
        # One that can't be read keeps nobody from asking the others.
        if _names(sql, table):
            raise
        return
    if isinstance(rows, Dataset):
        connection.register(table.name, Sparing.of(rows) if isinstance(rows, FileSystemDataset) else rows)
    elif _names(sql, table):
        # A reader can be read once, and a query may ask for a table twice.
        connection.register("once", rows)
        connection.execute(f"CREATE TABLE {table.name} AS SELECT * FROM once")  # noqa: S608 - a name of the contract
        connection.unregister("once")


def _names(sql: str, table: Table) -> bool:
    return re.search(rf"\b{table.name}\b", sql, re.IGNORECASE) is not None


def _read(rows: pa.RecordBatchReader, names: list[str], asking: box.Box, answer: Answer) -> Iterator[pa.RecordBatch]:
    left = asking.bounds.rows
    try:
        for batch in rows:
            if batch.nbytes > asking.bounds.batch_bytes:
                raise MemoryError
            if left is not None and batch.num_rows > left:
                answer.is_cut = True
                answer.rows += left
                yield batch.slice(0, left).rename_columns(names)
                return
            answer.rows += batch.num_rows
            yield batch.rename_columns(names)
            left = None if left is None else left - batch.num_rows
    except (duckdb.Error, pa.ArrowException, OSError, MemoryError, RuntimeError) as wrong:
        raise asking.refusal(wrong) from wrong


def _distinct(names: list[str]) -> list[str]:
    given: list[str] = []
    for name in names:
        others = (f"{name}_{number}" for number in count(2))
        given.append(name if name not in given else next(each for each in others if each not in {*names, *given}))
    return given


def _missing(lake: Lake, sql: str, there: Mapping[Table, DeltaTable]) -> str | None:
    """Where a table is named that the lake has not: what begins it; or why it can't be read."""
    for table in EVERY:
        if table not in there and _names(sql, table):
            if isinstance(unreadable := lake.look(table), UserError):
                return str(unreadable)
            return f"There is no {table} yet: {BEGUN_BY.get(table, 'no processor has run')}."
    return None
