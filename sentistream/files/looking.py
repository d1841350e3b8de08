"""A look at all rows of a file, for what is decided of it: exact for the first ones, and as fast as it goes for the rest."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from typing import IO

from sentistream.errors import UserError
from sentistream.files.content import encoding
from sentistream.files.content.inputs import Input
from sentistream.files.content.lines import bounded
from sentistream.files.content.opening import opened
from sentistream.files.decision import Decision, Format
from sentistream.files.evidence import DateEvidence, LabelEvidence
from sentistream.files.json import look as json_look
from sentistream.files.json import objects
from sentistream.files.looked import Batch, Looked
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
LONG_ROW_LINES = 30
JSON_BEGINS = (b"{", b"[")


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
        _evidence(looked, columns, options)
        if looked.twins:
            name = looked.names[next(iter(looked.twins))[0]]
            raise UserError(
                f"{each.shown}: several of its columns are called {name}: write it anew with one of each name."
            )
        return replace(decision, columns=columns), _parquet(each, columns, looked)
    with opened(each) as stream:
        text = encoding.as_utf_8(stream, decision.encoding, decision.carriage_returns)
        if begins_as_json(text):
            keys = {"text": options.text_column, "label": options.label_column, "id": options.id_column}
            said = {what: key for what, key in keys.items() if key is not None}
            decision = replace(decision, format=Format.JSON, keys=said)
            looked.labels, looked.dates, looked.api = LabelEvidence((0,)), DateEvidence((0,)), True
            return decision, json_look.batches(each, decision, looked)
        sample = list(islice(bounded(text), table_dialect.SAMPLE_LINES))
    dialect, first = table_dialect.told(sample, options)
    columns = table_columns.find(each.shown, dialect.header, first, options)
    looked.names = dialect.header or ()
    _evidence(looked, columns, options)
    return replace(decision, dialect=dialect, columns=columns), _table(each, decision, dialect, columns, looked)


def begins_as_json(stream: IO[bytes]) -> bool:
    """Whether a stream holds JSON, by its first sign or X's own archive's first words."""
    head: bytes = stream.peek(4096)[:4096]  # type: ignore[attr-defined]  # a BufferedReader
    return head.lstrip()[:1] in JSON_BEGINS or objects.SCRIPT.match(head) is not None


def _evidence(looked: Looked, columns: Columns, options: FileOptions) -> None:
    looked.labels, looked.dates = LabelEvidence(columns.labels), DateEvidence(columns.dates)
    looked.twins = dict.fromkeys(table_columns.twins(looked.names, columns, options), True)


def _batches(columns: Columns, batches: Iterable[list[list[str]]], looked: Looked) -> Iterator[Batch]:
    for batch in batches:
        for (one, other), alike in looked.twins.items():
            looked.twins[one, other] = alike and all(row[one] == row[other] for row in batch)
        if not all(map(str.strip, map(itemgetter(columns.text), batch))):
            sound = [row for row in batch if row[columns.text].strip()]
            looked.count_broken("the text is empty", len(batch) - len(sound))
            batch = sound
        if not batch:
            continue
        cells = list(zip(*batch, strict=True))
        if columns.lang is not None:
            looked.languages.add(cells[columns.lang])
        if columns.author is not None:
            looked.authors.add(cells[columns.author])
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
            looked.count_broken(row.problem)
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
