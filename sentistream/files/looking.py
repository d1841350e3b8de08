"""A look at all rows of a file, for what is decided of it: exact for the first ones, and as fast as it goes for the rest."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import itemgetter
from typing import IO, Any, NamedTuple

from sentistream.errors import UserError
from sentistream.files.content import encoding
from sentistream.files.content.inputs import Input
from sentistream.files.content.lines import bounded
from sentistream.files.content.opening import opened
from sentistream.files.decision import Decision, Format
from sentistream.files.evidence import DateEvidence, IdEvidence, LabelEvidence
from sentistream.files.json import objects
from sentistream.files.json.conversion import UnusableTweetError, convert, renamed
from sentistream.files.json.objects import EmptyList, JsonObject
from sentistream.files.options import FileOptions
from sentistream.files.rows import BrokenRow
from sentistream.files.table import columns as table_columns
from sentistream.files.table import dialect as table_dialect
from sentistream.files.table import fast, parquet
from sentistream.files.table.cells import Cells, Dialect
from sentistream.files.table.columns import Columns

ROWS = 2_000_000
"""Rows that are looked at before the rest is taken to be like them."""
EXACT_ROWS = 20_000
"""Rows of a table that are read as they will be read; stray quotes in later ones are found when they are read."""
LONG_ROW_LINES, MANY_KEYS = 30, 20
JSON_BEGINS = (b"{", b"[")


@dataclass
class Looked:
    """What a look at all rows shows."""

    names: tuple[str, ...] = ()
    ids: IdEvidence = field(default_factory=IdEvidence)
    labels: LabelEvidence = field(default_factory=lambda: LabelEvidence(()))
    dates: DateEvidence = field(default_factory=lambda: DateEvidence(()))
    rows: int = 0
    broken: int = 0
    empty_lists: int = 0
    whole: bool = True
    api: bool = False
    """All are objects of an API, whose ids are no row numbers."""
    warnings: list[str] = field(default_factory=list)


class Batch(NamedTuple):
    """Some rows, column by column; ids are empty where there is none, labels and dates by their columns."""

    ids: Sequence[str]
    texts: Sequence[str]
    labels: Mapping[int, Sequence[Any]]
    dates: Mapping[int, Sequence[Any]]


def look(each: Input, options: FileOptions, decision: Decision) -> tuple[Decision, Looked]:
    """Look at the rows of a file whose encoding is known; how it is written is added to the decision.

    Raises:
        UserError: its columns can't be told.
    """
    looked = Looked()
    decision, batches = _begin(each, options, decision, looked)
    with _collector_paused():
        for batch in batches:
            if looked.rows + len(batch.texts) > ROWS:
                looked.whole = False
                break
            looked.rows += len(batch.texts)
            looked.ids.add(batch.ids, batch.texts)
            for place, values in batch.labels.items():
                looked.labels.add(place, values)
            for place, values in batch.dates.items():
                looked.dates.add(place, values)
    return decision, looked


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the collector of cycles: rows make none, and looking at each for them takes a tenth of the time."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def ids_and_texts(each: Input, options: FileOptions, decision: Decision) -> Iterator[tuple[str, str]]:
    """The ids of the same rows beside their texts, once more."""
    looked, rows = Looked(), 0
    for batch in _begin(each, options, decision, looked)[1]:
        rows += len(batch.texts)
        yield from zip(batch.ids, batch.texts, strict=True)
        if rows > ROWS:
            return


def _begin(each: Input, options: FileOptions, decision: Decision, looked: Looked) -> tuple[Decision, Iterator[Batch]]:
    """What the first rows decide, and all rows in batches."""
    if decision.format is Format.PARQUET:
        with each.open() as raw:
            looked.names = parquet.names(raw, each.shown)
            columns = table_columns.find(each.shown, looked.names, [], options)
        _evidence(looked, columns)
        return replace(decision, columns=columns), _parquet(each, columns, looked)
    with opened(each) as stream:
        text = encoding.as_utf_8(stream, decision.encoding, decision.carriage_returns)
        if begins_as_json(text):
            keys = {"text": options.text_column, "label": options.label_column, "id": options.id_column}
            said = {what: key for what, key in keys.items() if key is not None}
            decision = replace(decision, format=Format.JSON, keys=said)
            looked.labels, looked.dates, looked.api = LabelEvidence((0,)), DateEvidence((0,)), True
            return decision, _objects(each, decision, looked)
        sample = list(islice(bounded(text), table_dialect.SAMPLE_LINES))
    dialect, first = table_dialect.told(sample, options)
    columns = table_columns.find(each.shown, dialect.header, first, options)
    looked.names = dialect.header or ()
    _evidence(looked, columns)
    return replace(decision, dialect=dialect, columns=columns), _table(each, decision, dialect, columns, looked)


def begins_as_json(stream: IO[bytes]) -> bool:
    """Whether a stream holds JSON, by its first sign or X's own archive's first words."""
    head: bytes = stream.peek(4096)[:4096]  # type: ignore[attr-defined]  # a BufferedReader
    return head.lstrip()[:1] in JSON_BEGINS or objects.SCRIPT.match(head) is not None


def _evidence(looked: Looked, columns: Columns) -> None:
    looked.labels, looked.dates = LabelEvidence(columns.labels), DateEvidence(columns.dates)


def _batches(columns: Columns, batches: Iterable[list[list[str]]], looked: Looked) -> Iterator[Batch]:
    for batch in batches:
        if not all(map(str.strip, map(itemgetter(columns.text), batch))):
            sound = [row for row in batch if row[columns.text].strip()]
            looked.broken += len(batch) - len(sound)
            batch = sound
        if not batch:
            continue
        cells = list(zip(*batch, strict=True))
        yield Batch(
            [""] * len(batch) if columns.tweet_id is None else cells[columns.tweet_id],
            cells[columns.text],
            {place: cells[place] for place in columns.labels},
            {place: cells[place] for place in columns.dates},
        )


def _parquet(each: Input, columns: Columns, looked: Looked) -> Iterator[Batch]:
    with each.open() as raw:
        yield from _batches(columns, _in_batches(row for _, row in parquet.rows(raw, each.shown, columns)), looked)


def _in_batches(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    rows = iter(rows)
    while batch := list(islice(rows, fast.BATCH)):
        yield batch


def _table(each: Input, decision: Decision, dialect: Dialect, columns: Columns, looked: Looked) -> Iterator[Batch]:
    with opened(each) as stream:
        text = encoding.as_utf_8(stream, decision.encoding, decision.carriage_returns)
        cells = Cells(each.shown, bounded(text), dialect)
        exact = _sound(islice(cells, EXACT_ROWS), looked)
        yield from _batches(columns, _in_batches(exact), looked)
        _warn(cells, looked)
        try:
            yield from _batches(columns, fast.batches(cells.rest(), text, dialect), looked)
        except fast.SwallowedError:
            looked.whole = False


def _sound(rows: Iterable[tuple[int, list[str]] | BrokenRow], looked: Looked) -> Iterator[list[str]]:
    for row in rows:
        if isinstance(row, BrokenRow):
            looked.broken += 1
        else:
            yield row[1]


def _warn(cells: Cells, looked: Looked) -> None:
    if cells.stray_quotes:
        looked.warnings.append(f"rows with a stray quote, taken as it stands: {cells.stray_quotes:,}")
    if cells.headers_again:
        again = f"{cells.headers_again:,} times"
        looked.warnings.append(f"the header stands again among the rows and is passed over: {again}")
    if cells.longest_row[1] > LONG_ROW_LINES:
        line, length = cells.longest_row
        looked.warnings.append(f"the row at line {line} has {length} lines: is a quote missing?")


def _until_cut(rows: Iterator[objects.Row]) -> Iterator[objects.Row]:
    """The rows of a file of which only the beginning is there; that it ends within a document is no fault."""
    with suppress(UserError):
        yield from rows


Found = tuple[str | None, str, Any, Any]


def _objects(each: Input, decision: Decision, looked: Looked) -> Iterator[Batch]:
    with opened(each) as stream:
        text = encoding.as_utf_8(stream, decision.encoding, decision.carriage_returns)
        rows = _converted(each, text, decision.keys, looked)
        while batch := list(islice(rows, fast.BATCH)):
            ids, texts, labels, dates = zip(*batch, strict=True)
            told = ["" if label is None else str(label) for label in labels] if any(labels) else [""] * len(labels)
            yield Batch([tweet_id or "" for tweet_id in ids], texts, {0: told}, {0: dates})


def _converted(each: Input, stream: IO[bytes], keys: Mapping[str, str], looked: Looked) -> Iterator[Found]:
    names: dict[str, None] = {}
    rows = objects.objects(each.shown, stream)
    for row in _until_cut(rows) if each.cut else rows:
        if type(row) is JsonObject:
            data = row.value.get("data")
            # X's own objects, which are most of what is read, need no conversion to be looked at.
            if type(data) is dict and type(text := data.get("text")) is str and type(tweet_id := data.get("id")) is str:
                yield tweet_id, text, None, None
                continue
            try:
                tweet = convert(renamed(row.value, keys)) if keys else convert(row.value, row.raw, row.includes)
            except (UnusableTweetError, RecursionError, TypeError):
                looked.broken += 1
                continue
            if tweet is None:
                continue
            looked.api = looked.api and tweet.value is not None
            if len(names) < MANY_KEYS:
                names.update(dict.fromkeys(map(str, row.value)))
                looked.names = tuple(names)
            yield tweet.tweet_id, tweet.text, tweet.label, tweet.created_at if tweet.value is None else None
        elif isinstance(row, EmptyList):
            looked.empty_lists += 1
        else:
            looked.broken += 1
