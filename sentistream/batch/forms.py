"""How the result is written: CSV for spreadsheets, a JSON object a line or Parquet for programs; foreign text is inert in each."""

from typing import BinaryIO, Protocol, Self

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from sentistream import terminal
from sentistream.batch.written import Form
from sentistream.lake.query import spreadsheet

FOREIGN = ("text", "error")
"""Columns that may hold what somebody else wrote."""
PLAIN = "^[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u058f\u0904-\u0939\u2013-\u2027\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\U0001f400-\U0001f64f]*$"
"""Of such characters alone, `terminal.json_line` leaves all as they are."""


class Writer(Protocol):
    """Writes rows in two steps, of which the long one runs in any thread."""

    def encoded(self, rows: pa.RecordBatch) -> pa.RecordBatch | bytes:
        """Rows as they are written; safe in any thread."""

    def write(self, encoded: pa.RecordBatch | bytes) -> None:
        """Write the next ones."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """Write what comes at the end."""


class _Lines:
    """Text, as it comes."""

    def __init__(self, columns: pa.Schema, output: BinaryIO) -> None:
        self._columns, self._output, self._on_terminal = columns, output, output.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._output.flush()

    def write(self, encoded: pa.RecordBatch | bytes) -> None:
        assert isinstance(encoded, bytes)  # noqa: S101 - for mypy
        self._output.write(encoded)


class Csv(_Lines):
    """With a header; text that a spreadsheet would run begins with '."""

    def __enter__(self) -> Self:
        self._output.write((",".join(self._columns.names) + "\n").encode())
        return self

    def encoded(self, rows: pa.RecordBatch) -> bytes:
        """Lines."""
        for name in FOREIGN:
            if name in self._columns.names:
                rows = rows.set_column(
                    self._columns.names.index(name), name, spreadsheet.inert(rows[name], self._on_terminal)
                )
        written = pa.BufferOutputStream()
        pyarrow.csv.write_csv(rows, written, pyarrow.csv.WriteOptions(include_header=False))
        return written.getvalue().to_pybytes()  # type: ignore[no-any-return]  # Arrow has no types


class JsonLines(_Lines):
    """An object a line; what a row lacks is null."""

    def encoded(self, rows: pa.RecordBatch) -> bytes:
        """Lines."""
        names = self._columns.names
        cells = zip(*(column.to_pylist() for column in rows.columns), strict=True)
        lines = (
            orjson.dumps(dict(zip(names, row, strict=True)))
            if is_plain
            else terminal.json_line(dict(zip(names, row, strict=True))).encode()
            for row, is_plain in zip(cells, _are_plain(rows), strict=True)
        )
        return b"".join(line + b"\n" for line in lines)


class Parquet:
    """A row group for each piece."""

    def __init__(self, columns: pa.Schema, output: BinaryIO) -> None:
        self._writer = pq.ParquetWriter(output, columns, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def encoded(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """The writer encodes them itself."""
        return rows

    def write(self, encoded: pa.RecordBatch | bytes) -> None:
        """As a row group."""
        self._writer.write_batch(encoded)


def writer(form: Form, columns: pa.Schema, output: BinaryIO) -> Writer:
    """The writer of a form."""
    match form:
        case Form.CSV:
            return Csv(columns, output)
        case Form.JSON:
            return JsonLines(columns, output)
    return Parquet(columns, output)


def _are_plain(rows: pa.RecordBatch) -> list[bool]:
    """Which rows surely hold nothing that a terminal obeys or hides: Arrow looks at a column faster than Python at each line."""
    foreign = [rows[name] for name in FOREIGN if name in rows.schema.names]
    plain: npt.NDArray[np.bool_] = np.ones(rows.num_rows, np.bool_)
    for column in foreign:
        plain &= pc.fill_null(pc.match_substring_regex(column, PLAIN), True).to_numpy(zero_copy_only=False)
    return plain.tolist()  # type: ignore[no-any-return]  # a list
