"""The lake in a notebook or a program: its tables' rows as Arrow batches, or whole for pandas and Polars."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.lake import options, time_travel
from sentistream.lake.lake import Lake
from sentistream.lake.period import Period, When
from sentistream.lake.query.bounds import Bounds, QuerySettings
from sentistream.lake.tables import EVERY, SCORED, Table
from sentistream.notebook.rows import Rows
from sentistream.notebook.where import Where, condition

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class OpenLake:
    """A lake to look into; nothing is changed by it."""

    lake: Lake
    bounds: Bounds

    def __repr__(self) -> str:
        return f"<lake at {self.lake.uri}: {', '.join(self.tables)}>"

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables that there are now."""
        return tuple(table.name for table in self.lake.opened())

    def scored(
        self,
        since: When | None = None,
        until: When | None = None,
        where: Where = None,
        columns: Sequence[str] | None = None,
        at: "int | str | date | None" = None,
    ) -> Rows:
        """The scored tweets of a time, by `created_at`.

        Args:
            since: at this time or later; a string is ISO 8601.
            until: before this time.
            where: what else must hold, `{"lang": "en", "sentiment": ["negative", "positive"]}`, or an expression of Arrow.
            columns: these alone; without it all.
            at: as the table was then: a time, or a version.

        Raises:
            UserError: there is no such table, column, time or version.
        """
        return self._rows(SCORED, where, columns, at, Period.parse(since, until).expressions())

    def table(
        self,
        name: str,
        where: Where = None,
        columns: Sequence[str] | None = None,
        at: "int | str | date | None" = None,
    ) -> Rows:
        """The rows of any table, by its name; the arguments are those of `scored`.

        Raises:
            UserError: as `scored`.
        """
        known = {table.name: table for table in EVERY}
        if name not in known:
            raise UserError(f"There is no table {name}: {', '.join(known)}.", exit_code=2)
        return self._rows(known[name], where, columns, at, [])

    def ask(self, sql: str, at: "int | str | date | None" = None) -> pa.Table:
        """The answer to a question in DuckDB's SQL, in the box of `lake query`.

        Raises:
            UserError: it is wrong, or takes more than QUERY_MEMORY or QUERY_SECONDS.
        """
        # DuckDB is of another extra.
        from sentistream.lake.query import engine

        return engine.ask(self.lake, sql, None if at is None else self._then(at), bounds=self.bounds)

    def _rows(
        self,
        table: Table,
        where: Where,
        columns: Sequence[str] | None,
        at: "int | str | date | None",
        also: list[pc.Expression],
    ) -> Rows:
        handle = self._handle(table) if at is None else self._then(at).get(table)
        if handle is None:
            raise UserError(f"There was no {table} yet at {at}.")
        names = pa.schema(handle.schema().to_arrow())
        if columns is not None:
            _require_columns(table, names, columns)
        return Rows(
            self.lake,
            table,
            handle,
            condition(where, names, also),
            None if columns is None else tuple(columns),
            self.bounds,
        )

    def _handle(self, table: Table) -> DeltaTable:
        return self.lake.as_it_is(table) or self.lake.require(table)

    def _then(self, at: Any) -> dict[Table, DeltaTable]:
        then = time_travel.as_of(self.lake, at.isoformat() if hasattr(at, "isoformat") else str(at))
        time_travel.require_files(then)
        return then


def open_lake(uri: str | None = None) -> OpenLake:
    """Open the lake of LAKE_URI, or another; what is read is bounded by QUERY_MEMORY and QUERY_SECONDS.

    Args:
        uri: a folder, or `s3://bucket/prefix`, which the `AWS_…` variables reach.

    Raises:
        UserError: there is none.
    """
    settings = QuerySettings.from_options(lake_uri=uri)
    lake = Lake.at(settings.lake_uri)
    if SCORED not in lake.opened():
        lake.require(SCORED)
    for sentence in options.changes(lake):
        warnings.warn(sentence, stacklevel=2)
    return OpenLake(lake, settings.bounds(on_terminal=False))


def _require_columns(table: Table, known: pa.Schema, columns: Sequence[str]) -> None:
    if isinstance(columns, str):
        raise TypeError(f"columns are a list: write [{columns!r}].")
    unknown = [each for each in columns if each not in known.names]
    if unknown:
        raise UserError(f"{table.name} has no column {', '.join(unknown)}: {', '.join(known.names)}.", exit_code=2)
