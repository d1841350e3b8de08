"""Rows of a table as of one version: read batch by batch, each time anew, within bounds."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable

from sentistream.errors import UserError, full_stop, said
from sentistream.lake import reading
from sentistream.lake.lake import Lake
from sentistream.lake.query.bounds import Bounds
from sentistream.lake.tables import Table

if TYPE_CHECKING:
    import pandas
    import polars


@dataclass(frozen=True)
class Rows:
    """Iterating gives Arrow batches, in no order, with memory that doesn't grow; whatever takes Arrow's C stream (Polars, DuckDB) takes it as it is."""

    lake: Lake = field(repr=False)
    table: Table
    handle: DeltaTable = field(repr=False)
    wanted: pc.Expression | None
    columns: tuple[str, ...] | None
    bounds: Bounds = field(repr=False)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Read the rows.

        Raises:
            UserError: that takes more time than QUERY_SECONDS, what the reader does between two batches not counted; or the condition can't be asked.
        """
        left, began = self.bounds.seconds, time.monotonic()
        try:
            for batch in self._batches():
                left -= time.monotonic() - began
                if left < 0:
                    raise self.bounds.too_long()
                if batch.num_rows:
                    yield batch
                began = time.monotonic()
        except (pa.ArrowException, OSError) as wrong:
            raise UserError(full_stop(f"{self.table.name} can't be read so: {said(wrong)}")) from wrong

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The rows for any library that takes Arrow's C stream."""
        return pa.RecordBatchReader.from_batches(self.schema, iter(self)).__arrow_c_stream__(requested_schema)

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        whole = self._read().schema
        return whole if self.columns is None else pa.schema([whole.field(name) for name in self.columns])

    def to_arrow(self) -> pa.Table:
        """All rows at once.

        Raises:
            UserError: they are larger than QUERY_MEMORY.
        """
        return self._whole(self.bounds.memory_mib << 20)

    def to_pandas(self) -> "pandas.DataFrame":
        """All rows at once.

        Raises:
            UserError: they are larger than a quarter of QUERY_MEMORY as Arrow has them, since pandas takes several times as much.
        """
        return self._whole(self.bounds.batch_bytes).to_pandas()

    def to_polars(self) -> "polars.DataFrame":
        """All rows at once, where Polars is installed.

        Raises:
            UserError: they are larger than QUERY_MEMORY.
        """
        import polars

        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)  # noqa: S101 - of a table
        return frame

    def _whole(self, most: int) -> pa.Table:
        held, size = [], 0
        for batch in self:
            size += batch.nbytes
            if size > most:
                raise UserError(
                    f"These rows are larger than {most >> 20:,} MiB (QUERY_MEMORY bounds it): ask for a shorter time or fewer columns, or take batch by batch.",
                    2,
                )
            held.append(batch)
        return pa.Table.from_batches(held, self.schema)

    def _read(self) -> ds.Dataset | pa.RecordBatchReader:
        return reading.rows(self.lake, self.table, self.handle)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        rows = self._read()
        columns = None if self.columns is None else list(self.columns)
        if isinstance(rows, ds.Dataset):
            yield from rows.to_batches(columns=columns, filter=self.wanted, **reading.READ_AHEAD)
            return
        # delta-rs's engine tells these alone, and skips none.
        for batch in rows:
            table = pa.Table.from_batches([batch])
            table = table if self.wanted is None else table.filter(self.wanted)
            yield from (table if columns is None else table.select(columns)).to_batches()
