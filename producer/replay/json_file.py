"""JSON files of tweets: an object a line, or one document that lists them, as a search's response does."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

import orjson

from producer.replay.lines import MAX_LINE_BYTES, bounded
from sentistream.errors import UserError
from sentistream.labelled_files import BrokenRow

MAX_DOCUMENT_BYTES = 64 << 20
"""Of a document that is read whole; lines are read one by one, however many."""
LOOKED_AT = 1000
"""Lines among which one has to be an object."""
LISTS = ("statuses", "data", "results")
"""Where a response holds its tweets."""


@dataclass(frozen=True, slots=True)
class JsonObject:
    """One object of a file: the line that it stands on, or its place in the document's list, counted from 1."""

    number: int
    value: dict[str, Any]
    raw: bytes | None
    """Its own bytes; None within a document."""


def objects(file: str, stream: IO[bytes]) -> Iterator[JsonObject | BrokenRow]:
    """The objects of a file, told by content: lines of JSON, or else one document.

    Raises:
        UserError: it is neither.
    """
    lines = bounded(stream)
    first = next(lines, b"")
    loaded = _loaded(first)
    if isinstance(loaded, dict) and _listed_by(loaded) is None:
        return _lines(file, chain([first], lines))
    head = first + stream.read(MAX_DOCUMENT_BYTES)
    listed = _listed_by(_loaded(head))
    if listed is not None:
        return _listed(file, listed)
    if not any(isinstance(_loaded(line), dict) for line in head.splitlines()[:LOOKED_AT]):
        raise UserError(
            f"{file}: neither an object a line nor a document of at most {MAX_DOCUMENT_BYTES >> 20} MiB that lists tweets "
            f"({', '.join(LISTS)}, or the list itself); `jq -c '.[]'` makes lines of a list.",
            exit_code=2,
        )
    # The last line of the head goes on in the stream.
    begun, _, cut = head.rpartition(b"\n")
    return _lines(file, chain(bounded(io.BytesIO(begun)), [cut + next(lines, b"")], lines))


def _lines(file: str, lines: Iterator[bytes]) -> Iterator[JsonObject | BrokenRow]:
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        # A saved stream has the keep-alives' empty lines.
        if not stripped:
            continue
        found = _loaded(stripped)
        if isinstance(found, dict):
            yield JsonObject(number, found, stripped)
        elif len(line) >= MAX_LINE_BYTES:
            yield BrokenRow(file, number, f"a line of more than {MAX_LINE_BYTES} bytes")
        else:
            yield BrokenRow(file, number, "not an object in JSON", stripped)


def _listed(file: str, listed: list[Any]) -> Iterator[JsonObject | BrokenRow]:
    for number, found in enumerate(listed, 1):
        if isinstance(found, dict):
            yield JsonObject(number, found, None)
        else:
            yield BrokenRow(file, number, "not an object in JSON", orjson.dumps(found))


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
