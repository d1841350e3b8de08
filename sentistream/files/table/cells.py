"""The rows of a delimited file as cells: quotes that never close take no rows with them."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sentistream.files.rows import BrokenRow

csv.field_size_limit(4 * 1024 * 1024)
LOOK_AFTER_LINES = 12
"""When a row grows so long it is looked at for the first time."""
MAX_ROW_LINES = 200
"""A quoted text over more lines was opened by a stray quote."""
ALIKE = 0.8
"""The share of lines within a quoted text that look like rows from which they are taken for rows."""


class Quoting(StrEnum):
    """How a file writes a cell that holds a separator or a quote."""

    DOUBLE = "double"
    """In quotes; a quote inside twice."""
    BACKSLASH = "backslash"
    """In quotes; a quote inside after a backslash."""
    NONE = "none"
    """Never quoted."""


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    delimiter: str = ","
    quoting: Quoting = Quoting.DOUBLE
    skipped: int = 0
    """Lines before the first row: empty ones, `sep=`, the header."""
    header: tuple[str, ...] | None = None
    """The header's names as they are written; None where there is none."""
    width: int = 0
    """Cells of a row."""
    spaced: bool = False
    """A space may stand between a separator and a quote."""

    def reader(self, lines: Iterable[str], strict: bool = True) -> Iterator[list[str]]:
        """The rows of these lines."""
        if self.quoting is Quoting.NONE:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=strict)
        escape = "\\" if self.quoting is Quoting.BACKSLASH else None
        return csv.reader(
            lines, delimiter=self.delimiter, escapechar=escape, strict=strict, skipinitialspace=self.spaced
        )


class _StrayQuoteError(Exception):
    """A quoted text has grown over lines that are rows."""


class Cells:
    """Iterates over the rows of a table: (line, cells), or a broken row; counts what was mended or passed over."""

    def __init__(self, file: str, lines: Iterable[bytes], dialect: Dialect) -> None:
        """Read from the line on that follows the `skipped` ones, which are in `lines` too."""
        self._file, self._lines, self._dialect = file, iter(lines), dialect
        self._pushed: deque[bytes] = deque()
        self._row: list[bytes] = []
        self._not_utf_8 = False
        self.stray_quotes = 0
        self.headers_again = 0
        self.longest_row = (0, 0)
        """The line of the row that is the longest one, and its lines."""

    def __iter__(self) -> Iterator[tuple[int, list[str]] | BrokenRow]:
        dialect, row = self._dialect, self._row
        width, header = dialect.width, list(dialect.header or ())
        for _ in range(dialect.skipped):
            next(self._lines, b"")
        line, reader = dialect.skipped + 1, dialect.reader(self._fed())
        while True:
            row.clear()
            self._not_utf_8 = False
            try:
                cells = next(reader)
                if len(row) > 3 and self._holds_rows():
                    raise _StrayQuoteError
            except StopIteration:
                return
            except (csv.Error, _StrayQuoteError) as fault:
                self._pushed.extendleft(reversed(row[1:]))
                del row[1:]
                yield self._literally(line, fault)
                line += 1
                reader = dialect.reader(self._fed())
                continue
            started, line = line, line + len(row)
            if not cells or (len(cells) == 1 and not cells[0].strip() and width > 1):
                continue
            if len(row) > self.longest_row[1]:
                self.longest_row = (started, len(row))
            if self._not_utf_8:
                yield BrokenRow(self._file, started, "bytes that are no UTF-8", b"".join(row))
            elif len(cells) == width or (len(cells) > width and not any(cells[width:])):
                if cells == header:
                    self.headers_again += 1
                else:
                    yield started, cells[:width] if len(cells) > width else cells
            else:
                problem = f"{len(cells)} columns where {width} were expected"
                yield BrokenRow(self._file, started, problem, b"".join(row))

    def rest(self) -> Iterator[bytes]:
        """The lines that were read and not used yet."""
        while self._pushed:
            yield self._pushed.popleft()

    def raw(self) -> bytes:
        """The bytes of the row that was read last."""
        return b"".join(self._row)

    def _fed(self) -> Iterator[str]:
        row, pushed = self._row, self._pushed
        while True:
            line = pushed.popleft() if pushed else next(self._lines, None)
            if line is None:
                return
            row.append(line)
            if len(row) >= LOOK_AFTER_LINES and (
                len(row) > MAX_ROW_LINES or (len(row) == LOOK_AFTER_LINES and self._holds_rows())
            ):
                raise _StrayQuoteError
            try:
                yield line.decode()
            except UnicodeDecodeError:
                self._not_utf_8 = True
                yield line.decode("utf-8", "surrogateescape")

    def _holds_rows(self) -> bool:
        """Whether the lines within the row look like rows themselves."""
        width, inner = self._dialect.width, self._row[1:-1]
        if width < 2:
            return False
        separator = self._dialect.delimiter.encode()
        alike = sum(line.count(separator) == width - 1 for line in inner)
        return alike >= max(len(inner) * ALIKE, 3 if width < 4 else 2)

    def _literally(self, line: int, fault: Exception) -> tuple[int, list[str]] | BrokenRow:
        """The row's first line with its quotes as they stand."""
        why = "a quote that is never closed" if isinstance(fault, _StrayQuoteError) else str(fault)
        broken = BrokenRow(
            self._file, line, f"broken quoting ({why}); double every quote inside a quoted field", self.raw()
        )
        try:
            text = self._row[0].decode()
            cells = next(csv.reader([text], delimiter=self._dialect.delimiter, quoting=csv.QUOTE_NONE), [])
        except (csv.Error, UnicodeDecodeError):
            return broken
        if len(cells) != self._dialect.width:
            return broken
        self.stray_quotes += 1
        return line, [cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells]
