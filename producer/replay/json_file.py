"""JSON files of tweets: an object a line, or one document that lists them, as a search's response does."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

import orjson

from producer.replay.lines import MAX_LINE_BYTES, bounded
from sentistream.errors import UserError
from sentistream.files.labelled_files import BrokenRow

MAX_DOCUMENT_BYTES = 16 << 20
"""Of a document that is read whole; lines are read one by one, however many."""
LISTS = ("statuses", "data", "results")
"""Where a response holds its tweets."""


@dataclass(frozen=True, slots=True)
class JsonObject:
    """One object of a file: the line that it stands on, or its place in the document's list, counted from 1."""

    number: int
    value: dict[str, Any]
    raw: bytes | None
    """Its own bytes; None within a list."""
    item: int = 0
    """Its place in a list that stands on a line with others."""


def objects(file: str, stream: IO[bytes]) -> Iterator[JsonObject | BrokenRow]:
    """The objects of a file, told by content: lines of JSON, or else one document.

    Raises:
        UserError: it is neither.
    """
    lines = bounded(stream)
    first, second = next(lines, b""), next(lines, b"")
    if isinstance(_loaded(first), dict) or isinstance(_loaded(second), dict):
        return _lines(file, chain([first, second], lines))
    head = first + second + stream.read(MAX_DOCUMENT_BYTES)
    listed = _listed_by(_loaded(head))
    if listed is None:
        raise UserError(
            f"{file}: neither an object a line nor a document of at most {MAX_DOCUMENT_BYTES >> 20} MiB that lists tweets "
            f"({', '.join(LISTS)}, or the list itself); `jq -c '.[]'` makes lines of a list.",
            exit_code=2,
        )
    return _listed(file, listed)


def _lines(file: str, lines: Iterator[bytes]) -> Iterator[JsonObject | BrokenRow]:
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        # A saved stream has the keep-alives' empty lines.
        if not stripped:
            continue
        found = _loaded(stripped)
        listed = _listed_by(found)
        if listed is not None:
            yield from _listed(file, listed, number)
        elif isinstance(found, dict):
            yield JsonObject(number, found, stripped)
        elif len(line) >= MAX_LINE_BYTES:
            yield BrokenRow(file, number, f"a line of more than {MAX_LINE_BYTES} bytes")
        else:
            yield BrokenRow(file, number, "not an object in JSON", stripped)


def _listed(file: str, listed: list[Any], line: int = 0) -> Iterator[JsonObject | BrokenRow]:
    """The tweets of a list; of one that stands on a line with others, each has the line's number and its place in the list."""
    for place, found in enumerate(listed, 1):
        if isinstance(found, dict):
            yield JsonObject(line or place, found, None, place if line else 0)
        else:
            yield BrokenRow(file, line or place, "not an object in JSON", written(found))


def written(value: Any) -> bytes:
    """A value as JSON again; empty where it is nested more deeply than can be written."""
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, RecursionError):
        return b""


def _loaded(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _listed_by(document: Any) -> list[Any] | None:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        return next((document[name] for name in LISTS if isinstance(document.get(name), list)), None)
    return None
