"""An answer as a table for people, CSV for spreadsheets, JSON and Parquet for programs; foreign text is inert in each."""

import io
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from rich.table import Column, Table
from rich.text import Text

from sentistream import terminal
from sentistream.errors import UserError, said
from sentistream.lake.query import cells, spreadsheet

if TYPE_CHECKING:
    from sentistream.lake.query.engine import Answer

JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
LARGE, OF_ORJSON = 1 << 20, 16
"""Bytes of a row, and how many times as much orjson may ask the system for; where it is refused that, it ends the process by a signal."""
SMALL = 0.001
NARROW = 10
"""Characters that a column needs to be read at a glance."""


class Format(StrEnum):
    """How an answer can be written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def write(answer: "Answer", form: Format, output: BinaryIO) -> None:
    """Write an answer, as it comes where the form allows it.

    Raises:
        UserError: the query goes wrong while it is read, or the form can't hold one of its columns.
        MemoryError: there is none left; Arrow's, too.
    """
    try:
        WRITERS[form](answer, output)
    except MemoryError:
        raise
    except (pa.ArrowException, OverflowError, ValueError) as refused:
        # Infinite dates, unions and the like.
        raise UserError(f"As {form} a column of the answer can't be written: {said(refused)}", exit_code=2) from refused


def _shown(answer: "Answer", output: BinaryIO) -> None:
    on_terminal = output.isatty()
    names = [terminal.plain(name) for name in answer.schema.names]
    width = terminal.SENTENCE if on_terminal else None
    rows = [
        [terminal.plain("" if cell is None else cell, width) for cell in row]
        for batch in answer.batches
        for row in zip(*(_cells(column, on_terminal) for column in batch.columns), strict=True)
    ]
    text = io.TextIOWrapper(output, "utf-8", write_through=True)
    console = terminal.console(text)
    is_upright = console.width < len(names) * NARROW
    try:
        console.print(_upright(names, rows) if is_upright else _table(names, rows))
    finally:
        text.detach()


def _table(names: list[Text], rows: list[list[Text]]) -> Table:
    shown = Table(*(Column(name, overflow="fold") for name in names))
    for row in rows:
        shown.add_row(*row)
    return shown


def _upright(names: list[Text], rows: list[list[Text]]) -> Table:
    """A row's cells one below the other, for more columns than a terminal has room for."""
    shown = Table(Column(no_wrap=True), Column(overflow="fold"), show_header=False)
    for row in rows:
        for name, cell in zip(names, row, strict=True):
            shown.add_row(name, cell, end_section=name is names[-1])
    return shown


def _cells(column: pa.Array, on_terminal: bool) -> Iterable[str | None]:
    if on_terminal and pa.types.is_floating(column.type):
        return (None if cell is None else _short(cell) for cell in column.to_pylist())
    return cells.as_text(column).to_pylist()  # type: ignore[no-any-return]  # Arrow has no types


def _short(number: float) -> str:
    """For the eye; the other forms, and a table that goes elsewhere, have every digit."""
    return f"{number:.4f}" if number == 0 or abs(number) >= SMALL else f"{number:.3g}"


def _csv(answer: "Answer", output: BinaryIO) -> None:
    on_terminal = output.isatty()
    first = [_for_spreadsheets(column, on_terminal) for column in answer.schema.empty_table().columns]
    # A name can be somebody's text, too (PIVOT), and no program needs it back.
    names = spreadsheet.inert(pa.array(answer.schema.names, pa.string()), on_terminal=True).to_pylist()
    schema = pa.schema([(name, column.type) for name, column in zip(names, first, strict=True)])
    with pyarrow.csv.CSVWriter(output, schema) as writer:
        for batch in answer.batches:
            columns = [_for_spreadsheets(column, on_terminal) for column in batch.columns]
            writer.write_batch(pa.record_batch(columns, schema))


def _for_spreadsheets(column: pa.Array, on_terminal: bool) -> pa.Array:
    if cells.is_plain(column.type):
        return column
    return spreadsheet.inert(cells.as_text(column), on_terminal)


def _json(answer: "Answer", output: BinaryIO) -> None:
    names = answer.schema.names
    begin = "["
    for batch in answer.batches:
        columns = [cells.as_json(column) for column in batch.columns]
        _require_memory(batch)
        for row in zip(*columns, strict=True):
            line = terminal.json_line(dict(zip(names, row, strict=True)), cells.other, JSON_OPTIONS)
            output.write(f"{begin}{line}".encode())
            begin = ",\n"
    output.write(b"[]\n" if begin == "[" else b"]\n")


def _require_memory(rows: pa.RecordBatch) -> None:
    """Ask for what orjson will for each large row, in Python, which raises where there is none.

    Raises:
        MemoryError: there is none.
    """
    if rows.nbytes < LARGE:
        return
    if rows.num_rows == 1:
        bytearray(rows.nbytes * OF_ORJSON)
        return
    half = rows.num_rows // 2
    _require_memory(rows.slice(0, half))
    _require_memory(rows.slice(half))


def _parquet(answer: "Answer", output: BinaryIO) -> None:
    if output.isatty():
        raise UserError("Parquet is no text for a terminal: give --out FILE, or redirect the output.", exit_code=2)
    try:
        writer = pq.ParquetWriter(output, answer.schema, compression="zstd")
    except pa.ArrowException as refused:
        raise UserError(f"Parquet can't hold a column of the answer: {said(refused)}", exit_code=2) from refused
    with writer:
        for batch in answer.batches:
            writer.write_batch(batch)


WRITERS: dict[Format, Callable[["Answer", BinaryIO], None]] = {
    Format.TABLE: _shown,
    Format.CSV: _csv,
    Format.JSON: _json,
    Format.PARQUET: _parquet,
}
