"""Tables at one version each, and which of their files a range of time lies in: what a question that knows its range has to read, and no more.

Files in a folder are read by DuckDB itself, which takes half the time and a third of the memory that it takes over Arrow (`sentistream.lake.per_minute` has
the figures). On an object store, or where a table has a feature that only delta-rs tells the rows of, they come as `reading.rows` has them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from deltalake import DeltaTable

from sentistream.lake.declared import foreign
from sentistream.lake.lake import Lake
from sentistream.lake.period import TIMESTAMP
from sentistream.lake.tables import Table

if TYPE_CHECKING:
    import duckdb

ROUNDED = timedelta(milliseconds=1)
"""The log's statistics are cut to milliseconds."""
ALWAYS = (datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))


@dataclass(frozen=True)
class Files:
    """Data files of a table, without their content: one entry a file in each array."""

    paths: list[str]
    """Absolute."""
    rows: npt.NDArray[np.int64]
    earliest: npt.NDArray[np.datetime64]
    latest: npt.NDArray[np.datetime64]

    def within(self, since: datetime, until: datetime) -> "Files":
        """Those that may hold a row of the range."""
        return self.of([(since, until)])

    def of(self, ranges: Sequence[tuple[datetime, datetime]]) -> "Files":
        """Those that may hold a row of one of the ranges, each from its first moment up to but not including its second."""
        wanted = np.zeros(len(self.paths), np.bool_)
        for since, until in ranges:
            wanted |= (self.earliest < _us(until)) & (self.latest >= _us(since))
        which = np.flatnonzero(wanted)
        return Files([self.paths[each] for each in which], self.rows[which], self.earliest[which], self.latest[which])


@dataclass(frozen=True)
class Pinned:
    """A table at one version; its files stay for two hours after another version has replaced them.

    Args:
        lake: where it lies.
        table: which one.
        handle: opened at the version.
        by: the column of the ranges, a timestamp with statistics in the log.
    """

    lake: Lake = field(repr=False)
    table: Table
    handle: DeltaTable = field(repr=False)
    by: str

    @property
    def version(self) -> int:
        """Of the table."""
        return self.handle.version()

    @cached_property
    def files(self) -> Files:
        """All of them, by the log."""
        adds = pa.table(self.handle.get_add_actions(flatten=True))
        first, last = (self._statistics(adds, f"{end}.{self.by}") for end in ("min", "max"))
        # A file without statistics may hold anything.
        earliest = np.where(np.isnat(first), _us(ALWAYS[0]), first)
        latest = np.where(np.isnat(last), _us(ALWAYS[1]), last + np.timedelta64(ROUNDED))
        paths = [f"{self.lake.location(self.table)}/{unquote(path)}" for path in adds["path"].to_pylist()]
        rows = np.array(adds["num_records"].fill_null(0).to_numpy(), np.int64)
        return Files(paths, rows, earliest, latest)

    def rows_within(self, since: datetime, until: datetime) -> int:
        """About how many rows a range has, where a file's are spread evenly over its time."""
        files = self.files.within(since, until)
        first, last = np.maximum(files.earliest, _us(since)), np.minimum(files.latest, _us(until))
        return round(float((files.rows * ((last - first) / (files.latest - files.earliest))).sum()))

    @property
    def newest(self) -> datetime | None:
        """The latest moment of all rows, cut to milliseconds; None where there is none, or the log doesn't say."""
        known = self.files.latest[self.files.latest < _us(ALWAYS[1])]
        return known.max().astype(datetime).replace(tzinfo=UTC) - ROUNDED if len(known) else None

    @property
    def is_native(self) -> bool:
        """Whether DuckDB reads the files by itself."""
        # Arrow's datasets, which bring pandas where it is installed.
        from sentistream.lake import reading

        return self.lake.folder is not None and foreign.features_to_read(self.handle) <= reading.FILES_ALONE

    @property
    def reach(self) -> list[str]:
        """The folder that DuckDB has to reach; none where it doesn't read by itself."""
        return [self.lake.location(self.table)] if self.is_native else []

    def show(self, connection: "duckdb.DuckDBPyConnection", files: Files) -> None:
        """Let a connection see rows of these files, and no others where it can leave them out, under the table's name.

        Raises:
            UserError: the table can't be read here.
        """
        from sentistream.lake import reading

        # What is registered would hide a view of the same name.
        connection.unregister(self.table.name)
        if not self.is_native:
            connection.register(self.table.name, reading.rows(self.lake, self.table, self.handle))
        elif files.paths:
            relation = connection.read_parquet(files.paths, hive_partitioning=False)
            relation.create_view(self.table.name, replace=True)
        else:
            connection.register(self.table.name, pa.schema(self.handle.schema().to_arrow()).empty_table())

    @staticmethod
    def _statistics(adds: pa.Table, name: str) -> npt.NDArray[np.datetime64]:
        if name not in adds.column_names:
            return np.full(adds.num_rows, np.datetime64("NaT"), "datetime64[us]")
        column = adds[name].cast(TIMESTAMP).cast(pa.timestamp("us"))
        return column.to_numpy().astype("datetime64[us]")  # type: ignore[no-any-return]  # Arrow has no types


def pinned(lake: Lake, handles: Mapping[Table, DeltaTable], by: Mapping[Table, str]) -> dict[Table, Pinned]:
    """Those of the tables that are there, and by which column each is asked."""
    return {table: Pinned(lake, table, handles[table], column) for table, column in by.items() if table in handles}


def _us(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
