"""The rows of a table as the C reader alone sees them: for a look at all of them, many at a time."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import IO, Any

from sentistream.files.table.cells import Dialect

BATCH = 4096
SWALLOWED = 3
"""Lines a row, in a batch, from which on a stray quote has swallowed some."""


class SwallowedError(Exception):
    """A stray quote has swallowed rows: what comes after can't be seen so."""


def batches(begun: Iterable[bytes], stream: IO[bytes], dialect: Dialect) -> Iterator[list[list[str]]]:
    """Rows of the table's width; `begun` are lines before those of the stream.

    Raises:
        SwallowedError: a stray quote has swallowed rows.
    """
    text = io.TextIOWrapper(stream, "utf-8", "replace", newline="")
    reader: Any = dialect.reader(chain((line.decode("utf-8", "replace") for line in begun), text), strict=False)
    seen = 0
    try:
        while rows := list(islice(reader, BATCH)):
            if reader.line_num - seen > SWALLOWED * len(rows) + BATCH // 8:
                raise SwallowedError
            seen = reader.line_num
            if set(map(len, rows)) != {dialect.width}:
                rows = [row for row in rows if len(row) == dialect.width]
            yield rows
    except csv.Error as broken:
        raise SwallowedError from broken
    finally:
        # Else it would close the stream that another opened.
        text.detach()
