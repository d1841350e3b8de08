"""Tables in Parquet, row by row: cells as text, as a CSV would have them."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any, BinaryIO, cast

from sentistream.errors import UserError, said
from sentistream.files.table.columns import Columns

MAGIC = b"PAR1"
BATCH_ROWS = 4096
IN_MEMORY = 64 << 20
"""Of a file that comes as a stream; more lies in a temporary file."""


def names(raw: BinaryIO, shown: str) -> tuple[str, ...]:
    """The columns' names."""
    return tuple(_file(raw, shown).schema_arrow.names)


def rows(raw: BinaryIO, shown: str, columns: Columns) -> Iterator[tuple[int, list[str]]]:
    """Each row's number, counted from 1, and its cells; those of columns that are not wanted are empty."""
    file = _file(raw, shown)
    every = file.schema_arrow.names
    wanted = sorted({place for place in _places(columns) if place is not None})
    number = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=[every[place] for place in wanted]):
        cells = [[_cell(value) for value in column.to_pylist()] for column in batch.columns]
        for row in zip(*cells, strict=True):
            number += 1
            whole = [""] * len(every)
            for place, cell in zip(wanted, row, strict=True):
                whole[place] = cell
            yield number, whole


def _places(columns: Columns) -> tuple[int | None, ...]:
    return (columns.text, *columns.labels, columns.tweet_id, *columns.dates, columns.author, columns.lang)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _file(raw: BinaryIO, shown: str) -> Any:
    try:
        import pyarrow.parquet
        from pyarrow.lib import ArrowException
    except ImportError as missing:
        raise UserError(f"{shown} is Parquet: install the package pyarrow, or give it as CSV.", 2) from missing
    stream: IO[bytes] = raw
    if not raw.seekable():
        stream = cast(IO[bytes], tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - as long as the file
        shutil.copyfileobj(raw, stream)
    stream.seek(0)
    try:
        return pyarrow.parquet.ParquetFile(stream)
    except (ArrowException, OSError) as damaged:
        raise UserError(
            f"{shown}: the Parquet file is cut short or damaged ({said(damaged)}); fetch it again."
        ) from damaged
