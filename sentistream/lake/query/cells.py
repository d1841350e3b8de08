"""What the cells of an answer look like as text: ISO times, exact numbers, bytes that are readable where they are ASCII."""

import re
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

PLAIN = (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal, pa.types.is_boolean, pa.types.is_date)
BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
NO_ASCII = re.compile(r"[^ -\[\]-~]")


def is_plain(kind: pa.DataType) -> bool:
    """True for a type that Arrow writes as it should look, and that holds nobody's text."""
    return any(is_kind(kind) for is_kind in PLAIN)


def as_text(column: pa.Array) -> pa.Array:
    r"""A column's cells as strings; NULL stays NULL.

    Times are ISO 8601, those with a time zone in UTC with `Z`; a byte that is no printable ASCII is `\xNN`; lists and structs are JSON.
    """
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column
    if is_plain(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return _iso(column)
    cells = [None if cell is None else _written(cell) for cell in column.to_pylist()]
    return pa.array(cells, pa.string())


def as_json(column: pa.Array) -> list[Any]:
    """A column's cells as orjson writes them: numbers with all their digits, times and bytes as text."""
    kind = column.type
    if pa.types.is_decimal(kind):
        return [None if cell is None else orjson.Fragment(str(cell)) for cell in column.to_pylist()]
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or any(is_kind(kind) for is_kind in BYTES):
        return as_text(column).to_pylist()  # type: ignore[no-any-return]  # Arrow has no types
    return column.to_pylist()  # type: ignore[no-any-return]


def other(value: object) -> object:
    """What orjson can't write by itself, within a list or a struct."""
    if isinstance(value, bytes):
        return _bytes(value)
    return orjson.Fragment(str(value)) if isinstance(value, Decimal) else str(value)


def _iso(column: pa.Array) -> pa.Array:
    # A cast to no zone keeps the instant in UTC, and needs no data base of zones.
    text = column.cast(pa.timestamp(column.type.unit)).cast(pa.string())
    # Not the words that stand in for a time beyond Arrow's.
    text = pc.replace_substring_regex(text, r"^([-+0-9]+) ", r"\1T")
    whole = pc.replace_substring_regex(text, r"\.0+$", "")
    short = pc.replace_substring_regex(whole, r"(\.\d*[1-9])0+$", r"\1")
    return short if column.type.tz is None else pc.binary_join_element_wise(short, "Z", "")


def _written(cell: object) -> str:
    if isinstance(cell, bytes):
        return _bytes(cell)
    if isinstance(cell, list | dict):
        return orjson.dumps(cell, default=other, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS).decode()
    return str(cell)


def _bytes(value: bytes) -> str:
    return NO_ASCII.sub(lambda found: f"\\x{ord(found[0]):02X}", value.decode("latin-1"))
