"""Reads labelled tweets from a file as a stream: Sentiment140's CSV, a headed CSV or a SemEval TSV, plain, gzip or zstd."""

import codecs
import csv
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE
from sentistream.errors import UserError
from sentistream.files.compressed import DAMAGE, decompressed

SENTIMENT140 = ("target", "ids", "date", "flag", "user", "text")
TEXT_COLUMNS = ("text", "tweet", "tweet_text", "content", "sentence")
LABEL_COLUMNS = ("label", "target", "polarity", "sentiment", "airline_sentiment")
ID_COLUMNS = ("id", "ids", "tweet_id", "id_str")
DATE_COLUMNS = ("date", "created_at", "tweet_date")
AUTHOR_COLUMNS = ("user", "author_id", "author", "user_name", "screen_name")
LABELS = {
    "0": NEGATIVE, "-1": NEGATIVE, "negative": NEGATIVE, "neg": NEGATIVE,
    "2": NEUTRAL, "neutral": NEUTRAL, "neu": NEUTRAL,
    "1": POSITIVE, "4": POSITIVE, "positive": POSITIVE, "pos": POSITIVE,
}  # fmt: skip
# SemEval's files write some characters as the six characters \u2019.
ESCAPED_CHARACTER = re.compile(r"\\u([0-9a-fA-F]{4})")
csv.field_size_limit(4 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class LabelledTweet:
    """One row of a file; `line` is where it begins, counted from 1. `label` is empty where a file without labels was allowed."""

    line: int
    text: str
    label: str
    tweet_id: str | None = None
    created_at: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that can't be used, and why; it travels in the stream beside the good ones."""

    file: str
    line: int
    problem: str
    raw: bytes = field(default=b"", compare=False, repr=False)
    """The bytes that it was read from."""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.problem}"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Positions of the columns in a row of `width` fields."""

    width: int
    text: int
    label: int | None
    tweet_id: int | None = None
    date: int | None = None
    author: int | None = None


def read(path: Path) -> Iterator[LabelledTweet | BrokenRow]:
    """Read a labelled file row by row; memory does not grow with the file.

    Raises:
        UserError: there is no such file, it is empty or damaged, or its columns can't be told.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no such file.", exit_code=2)
    if not os.access(path, os.R_OK):
        raise UserError(f"{path} can't be read: check its permissions.", exit_code=2)
    with path.open("rb", buffering=0) as file:
        try:
            yield from rows(str(path), decompressed(cast(BinaryIO, file), str(path)))
        except DAMAGE as broken:
            raise UserError(
                f"{path}: the compressed file is cut short or damaged ({broken}); fetch it again.", 2
            ) from broken


def rows(file: str, lines: Iterable[bytes], need_labels: bool = True) -> Iterator[LabelledTweet | BrokenRow]:
    """The rows of a labelled file, given line by line; a headed CSV may lack labels where none are needed.

    Raises:
        UserError: it is empty, or its columns can't be told.
    """
    text = _Lines(file, lines)
    if not text.first.strip():
        raise UserError(f"{file}, line 1: the file is empty; give a CSV or TSV of labelled tweets.", exit_code=2)
    # SemEval's lines are tab-separated and never quoted.
    found = _tab_rows(file, text) if text.first.count("\t") >= 2 else _comma_rows(file, text, need_labels)
    for row in found:
        yield replace(row, raw=text.row()) if isinstance(row, BrokenRow) else row


class _Lines:
    """Lines as text, each UTF-8 or else latin-1, as the original Sentiment140 is."""

    def __init__(self, file: str, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        head = next(self._lines, b"")
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UserError(f"{file}, line 1: the file is UTF-16; save it as UTF-8.", exit_code=2)
        self._head = head.removeprefix(codecs.BOM_UTF8)
        self._row: list[bytes] = []
        self.first = _text(self._head)

    def __iter__(self) -> Iterator[str]:
        for line in chain([self._head], self._lines):
            self._row.append(line)
            yield _text(line)

    def next_row(self) -> None:
        """What is read from now on is another row."""
        self._row.clear()

    def row(self) -> bytes:
        """The bytes of the row that was read last."""
        return b"".join(self._row)


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _tab_rows(file: str, lines: _Lines) -> Iterator[LabelledTweet | BrokenRow]:
    columns = _Columns(width=3, tweet_id=0, label=1, text=2)
    for number, line in enumerate(lines, 1):
        cells = line.rstrip("\r\n").split("\t")
        if cells != [""]:
            # Some of SemEval's lines end with a stray tab.
            if len(cells) < 3 or any(cells[3:]):
                yield BrokenRow(file, number, f"{len(cells)} columns where id, label and text were expected")
            else:
                yield _row(file, number, cells[:3], columns, escaped=True)
        lines.next_row()


def _comma_rows(file: str, lines: _Lines, need_labels: bool) -> Iterator[LabelledTweet | BrokenRow]:
    reader = csv.reader(lines, strict=True)
    columns: _Columns | None = None
    while True:
        lines.next_row()
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            yield BrokenRow(file, line, f"broken quoting ({broken}); double every quote inside a quoted field")
            continue
        if not cells:
            continue
        if columns is None:
            columns, is_header = _columns(file, cells, need_labels)
            if is_header:
                continue
        if len(cells) != columns.width:
            yield BrokenRow(file, line, f"{len(cells)} columns where {columns.width} were expected")
            continue
        yield _row(file, line, cells, columns, escaped=False)


def _columns(file: str, first: list[str], need_labels: bool) -> tuple[_Columns, bool]:
    """Tell the columns from the first row, and whether that row is a header."""
    if len(first) == len(SENTIMENT140) and first[0].strip() in LABELS:
        return _Columns(width=6, label=0, tweet_id=1, date=2, author=4, text=5), False
    names = [name.strip().lower() for name in first]

    def find(candidates: tuple[str, ...]) -> int | None:
        return next((names.index(candidate) for candidate in candidates if candidate in names), None)

    text, label = find(TEXT_COLUMNS), find(LABEL_COLUMNS)
    if text is None or (label is None and need_labels):
        missing = "text" if text is None else "label"
        expected = TEXT_COLUMNS if text is None else LABEL_COLUMNS
        raise UserError(
            f"{file}, line 1: no {missing} column; name one of the header's columns {', '.join(expected)}, "
            "or give Sentiment140's six columns or SemEval's id⇥label⇥text.",
            exit_code=2,
        )
    ids, dates, authors = find(ID_COLUMNS), find(DATE_COLUMNS), find(AUTHOR_COLUMNS)
    return _Columns(len(names), text=text, label=label, tweet_id=ids, date=dates, author=authors), True


def _unescaped(text: str) -> str:
    """Decode the escapes; two that are one character's surrogates become that character, a lone one U+FFFD."""
    decoded = ESCAPED_CHARACTER.sub(lambda match: chr(int(match.group(1), 16)), text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _row(file: str, line: int, cells: list[str], columns: _Columns, escaped: bool) -> LabelledTweet | BrokenRow:
    label = LABELS.get(cells[columns.label].strip().lower()) if columns.label is not None else ""
    if label is None:
        written = cells[columns.label or 0][:40]
        return BrokenRow(file, line, f"the label {written!r} is none of {', '.join(LABELS)}")
    text = cells[columns.text]
    if escaped:
        text = _unescaped(text)
    if not text.strip():
        return BrokenRow(file, line, "the text is empty")

    def cell(column: int | None) -> str | None:
        return cells[column].strip() or None if column is not None else None

    return LabelledTweet(line, text, label, cell(columns.tweet_id), cell(columns.date), cell(columns.author))
