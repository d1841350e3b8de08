"""Reads labelled tweets from a file as a stream: Sentiment140's CSV, a headed CSV or a SemEval TSV, plain or gzipped."""

import codecs
import csv
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sentistream.errors import UserError
from sentistream.labels import NEGATIVE, NEUTRAL, POSITIVE

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
    """One row of a file; `line` is where it begins, counted from 1."""

    line: int
    text: str
    label: str
    tweet_id: str | None = None
    created_at: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that can't be used, and why; it travels in the stream beside the good ones."""

    path: Path
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.problem}"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Positions of the columns in a row of `width` fields."""

    width: int
    text: int
    label: int
    tweet_id: int | None = None
    date: int | None = None
    author: int | None = None


def read(path: Path, known: "Scan | None" = None) -> Iterator[LabelledTweet | BrokenRow]:
    """Read a labelled file row by row; memory does not grow with the file.

    A caller that has scanned the file already gives what it found, so that it is not read twice for that.

    Raises:
        UserError: there is no such file, it is empty, or its columns can't be told.
    """
    encoding = (known or scan(path)).encoding
    with io.TextIOWrapper(_open(path), encoding=encoding, newline="") as text:
        first = text.readline()
        if not first.strip():
            raise UserError(f"{path}, line 1: the file is empty; give a CSV or TSV of labelled tweets.", exit_code=2)
        # SemEval's lines are tab-separated and never quoted.
        tabbed = "\t" in first and first.count("\t") >= 2
        lines = _chain(first, text)
        yield from _tab_rows(path, lines) if tabbed else _comma_rows(path, lines)


def _chain(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if gzipped else path.open("rb")  # type: ignore[return-value]  # GzipFile is an IO[bytes]


@dataclass(frozen=True)
class Scan:
    """What one pass over a file's bytes tells."""

    encoding: str
    """UTF-8 (with or without a mark) if every byte is; else latin-1, as the original Sentiment140 is."""
    lines: int


def scan(path: Path) -> Scan:
    """Read a file once, to tell its encoding and to count its lines.

    Raises:
        UserError: there is no such file, or its compression is damaged.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no such file.", exit_code=2)
    if not os.access(path, os.R_OK):
        raise UserError(f"{path} can't be read: check its permissions.", exit_code=2)
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding, lines, last = "utf-8-sig", 0, b""
    with _open(path) as file:
        try:
            while chunk := file.read(1 << 20):
                if not lines and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    raise UserError(f"{path}, line 1: the file is UTF-16; save it as UTF-8.", exit_code=2)
                lines, last = lines + chunk.count(b"\n"), chunk[-1:]
                if encoding != "latin-1":
                    encoding = _still_utf8(decoder, chunk)
        except (EOFError, OSError, zlib.error) as broken:
            raise UserError(
                f"{path}: the compressed file is cut short or damaged ({broken}); fetch it again.", 2
            ) from broken
    if encoding != "latin-1":
        encoding = _still_utf8(decoder, b"", final=True)
    return Scan(encoding, lines + (last not in (b"", b"\n")))


def _still_utf8(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> str:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _tab_rows(path: Path, lines: Iterator[str]) -> Iterator[LabelledTweet | BrokenRow]:
    for number, line in enumerate(lines, 1):
        cells = line.rstrip("\r\n").split("\t")
        if cells == [""]:
            continue
        # Some of SemEval's lines end with a stray tab.
        if len(cells) < 3 or any(cells[3:]):
            yield BrokenRow(path, number, f"{len(cells)} columns where id, label and text were expected")
            continue
        yield _row(path, number, cells[:3], _Columns(width=3, tweet_id=0, label=1, text=2), escaped=True)


def _comma_rows(path: Path, lines: Iterator[str]) -> Iterator[LabelledTweet | BrokenRow]:
    reader = csv.reader(lines, strict=True)
    columns: _Columns | None = None
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            yield BrokenRow(path, begins, f"broken quoting ({broken}); double every quote inside a quoted field")
            begins = reader.line_num + 1
            continue
        line, begins = begins, reader.line_num + 1
        if not cells:
            continue
        if columns is None:
            columns, is_header = _columns(path, cells)
            if is_header:
                continue
        if len(cells) != columns.width:
            yield BrokenRow(path, line, f"{len(cells)} columns where {columns.width} were expected")
            continue
        yield _row(path, line, cells, columns, escaped=False)


def _columns(path: Path, first: list[str]) -> tuple[_Columns, bool]:
    """Tell the columns from the first row, and whether that row is a header."""
    if len(first) == len(SENTIMENT140) and first[0].strip() in LABELS:
        return _Columns(width=6, label=0, tweet_id=1, date=2, author=4, text=5), False
    names = [name.strip().lower() for name in first]

    def find(candidates: tuple[str, ...]) -> int | None:
        return next((names.index(candidate) for candidate in candidates if candidate in names), None)

    text, label = find(TEXT_COLUMNS), find(LABEL_COLUMNS)
    if text is None or label is None:
        missing = "text" if text is None else "label"
        expected = TEXT_COLUMNS if text is None else LABEL_COLUMNS
        raise UserError(
            f"{path}, line 1: no {missing} column; name one of the header's columns {', '.join(expected)}, "
            "or give Sentiment140's six columns or SemEval's id⇥label⇥text.",
            exit_code=2,
        )
    ids, dates, authors = find(ID_COLUMNS), find(DATE_COLUMNS), find(AUTHOR_COLUMNS)
    return _Columns(len(names), text=text, label=label, tweet_id=ids, date=dates, author=authors), True


def _unescaped(text: str) -> str:
    """Decode the escapes; two that are one character's surrogates become that character, a lone one U+FFFD."""
    decoded = ESCAPED_CHARACTER.sub(lambda match: chr(int(match.group(1), 16)), text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _row(path: Path, line: int, cells: list[str], columns: _Columns, escaped: bool) -> LabelledTweet | BrokenRow:
    label = LABELS.get(cells[columns.label].strip().lower())
    if label is None:
        return BrokenRow(path, line, f"the label {cells[columns.label][:40]!r} is none of {', '.join(LABELS)}")
    text = cells[columns.text]
    if escaped:
        text = _unescaped(text)
    if not text.strip():
        return BrokenRow(path, line, "the text is empty")

    def cell(column: int | None) -> str | None:
        return cells[column].strip() or None if column is not None else None

    return LabelledTweet(line, text, label, cell(columns.tweet_id), cell(columns.date), cell(columns.author))
