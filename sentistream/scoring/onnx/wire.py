"""The fields of a protobuf message, read where they lie: nothing is copied, and no object is made of what is foreign.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT = 10
FIXED = {FIXED64: 8, FIXED32: 4}


class MalformedError(Exception):
    """The bytes are no protobuf message."""


class Field(NamedTuple):
    """One field of a message."""

    number: int
    value: int
    """Of a varint; 0 of any other."""
    data: memoryview
    """Of a length-delimited or fixed one; empty of a varint."""


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message, in their order.

    Raises:
        MalformedError: it is none.
    """
    at, end = 0, len(message)
    empty = message[:0]
    while at < end:
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield Field(number, value, empty)
            continue
        if kind == BYTES:
            size, at = _varint(message, at)
        elif kind in FIXED:
            size = FIXED[kind]
        else:
            raise MalformedError(f"it has a field of the kind {kind}")
        if size > end - at:
            raise MalformedError("it is cut off")
        yield Field(number, 0, message[at : at + size])
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = 0
    for shift, byte in enumerate(message[at : at + LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, at + shift + 1
    raise MalformedError("it is cut off" if len(message) - at < LONGEST_VARINT else "it has a number of no size")
