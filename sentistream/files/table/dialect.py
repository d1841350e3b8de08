"""How a delimited file is written: its separator, its quotes and its header, told by which of them its first lines agree with."""

import csv
import re
from collections.abc import Sequence
from itertools import product

from sentistream.files.options import FileOptions
from sentistream.files.table import columns
from sentistream.files.table.cells import Cells, Dialect, Quoting

SEPARATORS = (",", "\t", ";", "|")
SEPARATOR_LINE = re.compile(r"sep=(.)\s*")
SAMPLE_LINES = 400
BETTER = 0.02
"""The share of the lines by which another way of quoting must fit better than the usual one."""
SEMEVAL_WIDTH = 3


def told(lines: Sequence[bytes], options: FileOptions) -> tuple[Dialect, list[list[str]]]:
    """The dialect of a file that begins with these lines of UTF-8, and its first rows."""
    texts = [line.decode("utf-8", "replace") for line in lines[:SAMPLE_LINES]]
    skipped = next((number for number, text in enumerate(texts) if text.strip()), 0)
    said = SEPARATOR_LINE.fullmatch(texts[skipped]) if texts else None
    separators: Sequence[str] = SEPARATORS
    if said:
        separators, skipped = [said[1]], skipped + 1
        skipped += next((number for number, text in enumerate(texts[skipped:]) if text.strip()), 0)
    if options.delimiter:
        separators = [options.delimiter]
    # Only tabs are common enough where nothing is ever quoted.
    ways = [way for way in product(separators, Quoting) if way[1] is not Quoting.NONE or way[0] == "\t"]
    fits = [_fit(lines[:SAMPLE_LINES], texts, skipped, *way, options) for way in ways]
    _, dialect, rows = max(fits, key=lambda fit: fit[0])
    return dialect, rows


Score = tuple[bool, float, float, int]


def _fit(
    lines: Sequence[bytes], texts: list[str], skipped: int, separator: str, quoting: Quoting, options: FileOptions
) -> tuple[Score, Dialect, list[list[str]]]:
    """How well a separator and a way of quoting fit the first lines."""
    spaced = quoting is not Quoting.NONE and any(f'{separator} "' in text for text in texts[: skipped + 3])
    dialect = Dialect(separator, quoting, spaced=spaced)
    first, used = _first(dialect, texts[skipped:])
    header = columns.is_header(first, options)
    dialect = Dialect(
        separator,
        quoting,
        skipped + (used if header else 0),
        tuple(name.strip() for name in first) if header else None,
        len(first),
        spaced,
    )
    cells = Cells("", lines, dialect)
    rows, broken = [], 0
    for row in cells:
        if isinstance(row, tuple):
            rows.append(row[1])
        else:
            broken += 1
    seen = max(len(rows) + broken, 1)
    share = (len(rows) - cells.stray_quotes) / seen if rows or broken else 1.0
    known = columns.by_names(dialect.header) is not None if dialect.header else False
    if options.text_column and dialect.header:
        known = known or columns.normalised(options.text_column) in map(columns.normalised, dialect.header)
    preferred = 0.0 if quoting is Quoting.DOUBLE else -BETTER
    # SemEval's lines are never quoted.
    if separator == "\t" and not header and len(first) == SEMEVAL_WIDTH:
        preferred = BETTER if quoting is Quoting.NONE else 0.0
    several = share + preferred if len(first) > 1 else 0.0
    return (known, several, share + preferred, len(first)), dialect, rows


def _first(dialect: Dialect, texts: list[str]) -> tuple[list[str], int]:
    """The first row's cells, read leniently, and how many lines it has."""
    reader = csv.reader(
        texts,
        delimiter=dialect.delimiter,
        skipinitialspace=True,
        quoting=csv.QUOTE_NONE if dialect.quoting is Quoting.NONE else csv.QUOTE_MINIMAL,
    )
    try:
        first = next(reader, [])
    except csv.Error:
        return [texts[0].strip()], 1
    # A header of several lines is none: a quote was left open.
    if reader.line_num > 3:
        first = next(csv.reader(texts[:1], delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE), [])
        return first, 1
    while len(first) > 1 and not first[-1].strip() and dialect.delimiter != ",":
        first.pop()
    return first, max(reader.line_num, 1)
