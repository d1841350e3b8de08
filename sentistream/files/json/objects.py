"""JSON files of tweets: an object a line, or documents that list them, as a search's response or an archive does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, NamedTuple

import orjson

from sentistream.errors import UserError
from sentistream.files.content.lines import bounded
from sentistream.files.json.document import MAX_DOCUMENT_BYTES, FaultError, values
from sentistream.files.json.lists import LISTS, listed_by
from sentistream.files.rows import BrokenRow

SCRIPT = re.compile(rb"\s*(?:window\.)?[A-Za-z_][\w.]*\s*=\s*(?=[\[{])")
"""X's own archive: `window.YTD.tweets.part0 = [`."""
FIRST_BYTES = 256
LINE_BYTES = 16 << 20
"""Of a line of JSON, which may list a page of tweets."""


class JsonObject(NamedTuple):
    """One object of a file: the line that it stands on, or its place in the document's list, counted from 1."""

    number: int
    value: dict[str, Any]
    raw: bytes | None
    """Its own bytes; None within a list."""
    item: int = 0
    """Its place in a list that stands on a line with others."""
    includes: object = None
    """What the answer that lists it includes beside it."""


@dataclass(frozen=True, slots=True)
class EmptyList:
    """An answer that lists no tweet: a search without results."""

    number: int


Row = JsonObject | BrokenRow | EmptyList


def objects(file: str, stream: IO[bytes]) -> Iterator[Row]:
    """The objects of a file, told by content: lines of JSON, or else documents.

    Raises:
        UserError: it is neither, or ends early.
    """
    head: bytes = stream.peek(FIRST_BYTES)[:FIRST_BYTES]  # type: ignore[attr-defined]  # a BufferedReader
    script = SCRIPT.match(head)
    if script:
        stream.read(script.end())
    first = stream.readline(LINE_BYTES)
    # All of a list may stand on one line, however long.
    second = stream.readline(LINE_BYTES) if first.endswith(b"\n") else b""
    if isinstance(loaded(first), dict) or isinstance(loaded(second), dict):
        return _lines(file, chain([first, second], bounded(stream, LINE_BYTES)))
    return _documents(file, first + second, stream)


def _lines(file: str, lines: Iterator[bytes]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        # A saved stream has the keep-alives' empty lines.
        if not stripped:
            continue
        value = loaded(stripped)
        # X's stream, which is most of what is read.
        if type(value) is dict and type(value.get("data")) is dict:
            yield JsonObject(number, value, stripped, 0, value.get("includes"))
            continue
        listed = listed_by(value)
        if listed is not None:
            yield from _listed(file, listed.values, listed.includes, number)
        elif isinstance(value, dict):
            yield JsonObject(number, value, stripped, 0, value.get("includes"))
        elif len(line) >= LINE_BYTES:
            yield BrokenRow(file, number, f"a line of more than {LINE_BYTES >> 20} MiB")
        else:
            yield BrokenRow(file, number, "not an object in JSON", stripped)


def _listed(file: str, listed: list[Any], includes: object, line: int, place: int = 1) -> Iterator[Row]:
    """The tweets of a list; of one that stands on a line with others, each has the line's number and its place in the list."""
    if not listed:
        yield EmptyList(line or place)
    for item, value in enumerate(listed, place):
        if isinstance(value, dict):
            yield JsonObject(line or item, value, None, item if line else 0, includes)
        else:
            yield BrokenRow(file, line or item, "not an object in JSON", written(value), item if line else 0)


def _documents(file: str, begun: bytes, stream: IO[bytes]) -> Iterator[Row]:
    """Whole documents, one after the other; their tweets are numbered through."""
    place, any_read = 1, False
    try:
        for value in values(begun, stream):
            listed = listed_by(value)
            if listed is not None:
                for row in _listed(file, listed.values, listed.includes, 0, place):
                    any_read = True
                    yield row
                place += len(listed.values)
            elif isinstance(value, dict):
                any_read = True
                yield JsonObject(place, value, None, 0, value.get("includes"))
                place += 1
            else:
                yield BrokenRow(file, place, "not an object in JSON", written(value))
                place += 1
    except FaultError as fault:
        if fault.ended and any_read:
            raise UserError(
                f"{file}: the file ends early, within a tweet ({place - 1} were whole): fetch it again."
            ) from fault
        raise UserError(
            f"{file}, line {fault.line}: neither an object a line nor a document that lists tweets "
            f"({', '.join(LISTS)}, or the list itself; at most {MAX_DOCUMENT_BYTES >> 20} MiB where it is no list): {fault}."
        ) from fault


def written(value: Any) -> bytes:
    """A value as JSON again; empty where it is nested more deeply than can be written."""
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, RecursionError):
        return b""


def loaded(text: bytes) -> Any:
    """A text's value; None where it is no JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
