"""Reads a file by what was decided for it, row by row; memory does not grow with the file."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import orjson

from sentistream.contracts import label_words
from sentistream.contracts.label_words import SKIP
from sentistream.files.content import encoding
from sentistream.files.content.inputs import Input, local
from sentistream.files.content.lines import bounded
from sentistream.files.content.opening import opened
from sentistream.files.decision import Decision, Format
from sentistream.files.json import objects
from sentistream.files.json.conversion import Converted, UnusableTweetError
from sentistream.files.json.named_keys import converted
from sentistream.files.json.objects import EmptyList, JsonObject
from sentistream.files.options import FileOptions, Ids, Purpose
from sentistream.files.rows import TOO_DEEP, BrokenRow, PassedOver, Row, TweetRow
from sentistream.files.table import parquet
from sentistream.files.table.cells import Cells
from sentistream.files.table.columns import Columns
from sentistream.files.written_ids import unwrapped_id, usable_id
from sentistream.files.written_languages import language

# SemEval's files write some characters as the six characters \u2019.
ESCAPED_CHARACTER = re.compile(r"\\u([0-9a-fA-F]{4})")
NO_TWEET = "no tweet"
SKIPPED = "skipped label"
MANY_LABELS = 10_000


def labelled(path: Path, options: FileOptions | None = None) -> Iterator[TweetRow | BrokenRow]:
    """The labelled rows of a local file; those without a label and skipped ones are passed over.

    Raises:
        UserError: there is no such file, it can't be read, or its labels can't be told.
    """
    from sentistream.files.deciding import decide

    each = local(path)
    decided = decide(each, options or FileOptions())
    decided.require(Purpose.TRAIN)
    return (
        row
        for row in read(each, decided.decision)
        if isinstance(row, BrokenRow) or (isinstance(row, TweetRow) and row.label)
    )


def read(each: Input, decision: Decision) -> Iterator[Row]:
    """The rows of a file, as was decided; broken ones with the bytes that they were read from."""
    if decision.format is Format.PARQUET:
        with each.open() as raw:
            assert decision.columns is not None  # noqa: S101 - for mypy
            yield from _rows(each.shown, parquet.rows(raw, each.shown, decision.columns), decision, decision.columns)
        return
    with opened(each) as stream:
        text = encoding.as_utf_8(stream, decision.encoding, decision.carriage_returns)
        if decision.format is Format.JSON:
            yield from _objects(each.shown, text, decision)
        else:
            yield from _table(each.shown, text, decision)


def _table(file: str, stream: IO[bytes], decision: Decision) -> Iterator[Row]:
    assert decision.dialect is not None and decision.columns is not None  # noqa: S101, PT018 - for mypy
    cells = Cells(file, bounded(stream), decision.dialect)
    for row in _rows(file, iter(cells), decision, decision.columns):
        if isinstance(row, BrokenRow):
            raw = encoding.as_written(row.raw or cells.raw(), decision.encoding)
            yield BrokenRow(row.file, row.line, row.problem, raw)
        else:
            yield row


def _rows(
    file: str,
    rows: Iterator[tuple[int, list[str]] | BrokenRow] | Iterator[tuple[int, list[str]]],
    decision: Decision,
    columns: Columns,
) -> Iterator[Row]:
    text_at, id_at, author_at = columns.text, columns.tweet_id, columns.author
    label_at, lang_at, author_ids = columns.labels[0] if columns.labels else None, columns.lang, columns.author_ids
    date_at = columns.dates[0] if columns.dates else None
    if decision.ids is Ids.HASH:
        id_at = None
    meanings, escaped = _Meanings(decision), columns.escaped
    for row in rows:
        if isinstance(row, BrokenRow):
            yield row
            continue
        line, cells = row
        text = cells[text_at]
        if escaped and "\\u" in text:
            text = _unescaped(text)
        if not text.strip():
            yield BrokenRow(file, line, "the text is empty")
            continue
        label = meanings[cells[label_at]] if label_at is not None else ""
        if label == SKIP:
            yield PassedOver(line, SKIPPED)
            continue
        tweet_id = None
        if id_at is not None:
            written = cells[id_at].strip()
            tweet_id = usable_id(written) or unwrapped_id(written)
        created_at = (cells[date_at].strip() or None) if date_at is not None else None
        author = (cells[author_at].strip() or None) if author_at is not None else None
        author_id = usable_id(author) if author_ids else None
        lang = _language(cells[lang_at]) if lang_at is not None else None
        yield TweetRow(line, text, label, tweet_id, created_at, author, author_id=author_id, lang=lang)


def _language(written: str) -> str | None:
    """A row's language; none where a file has grown by what is no tag."""
    with suppress(ValueError):
        return language(written)
    return None


class _Meanings(dict[str, str]):
    """A label as it is written → its sentiment, `skip`, or empty where it has none."""

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self._labels = decision.labels

    def __missing__(self, written: str) -> str:
        meaning = self._labels.get(label_words.plain(written), "")
        if len(self) < MANY_LABELS:
            self[written] = meaning
        return meaning


def _objects(file: str, stream: IO[bytes], decision: Decision) -> Iterator[Row]:
    meanings = _Meanings(decision)
    for row in objects.objects(file, stream):
        if isinstance(row, JsonObject):
            yield _tweet(file, row, decision, meanings)
        elif isinstance(row, EmptyList):
            yield PassedOver(row.number, NO_TWEET)
        else:
            yield row


def _tweet(file: str, row: JsonObject, decision: Decision, meanings: _Meanings) -> Row:
    try:
        tweet = converted(row, decision.keys)
        if tweet is None:
            return PassedOver(row.number, NO_TWEET)
        tweet_id = tweet.tweet_id if decision.ids is Ids.COLUMN else None
        created_at, value = tweet.created_at, tweet.value
        if value is None:
            tweet_id = unwrapped_id(tweet_id)
            value = _made(tweet, tweet_id, decision)
    except UnusableTweetError as unusable:
        return _broken(file, row, str(unusable))
    except (RecursionError, TypeError):
        return _broken(file, row, TOO_DEEP)
    label = meanings[str(tweet.label)] if tweet.label is not None else ""
    if label == SKIP:
        return PassedOver(row.number, SKIPPED)
    return TweetRow(row.number, tweet.text, label, tweet_id, created_at, tweet.author, row.item, value, lang=tweet.lang)


def _made(tweet: Converted, tweet_id: str | None, decision: Decision) -> bytes:
    data = {"id": tweet_id, "text": tweet.text, **(tweet.plain or {})}
    created_at = decision.dates.iso(tweet.created_at)
    if created_at is not None:
        data["created_at"] = created_at
    return orjson.dumps({"data": data})


def _broken(file: str, row: JsonObject, problem: str) -> BrokenRow:
    raw = row.raw if row.raw is not None else objects.written(row.value)
    return BrokenRow(file, row.number, problem, raw, row.item)


def _unescaped(text: str) -> str:
    """Decode the escapes; two that are one character's surrogates become that character, a lone one U+FFFD."""
    decoded = ESCAPED_CHARACTER.sub(lambda match: chr(int(match.group(1), 16)), text)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
