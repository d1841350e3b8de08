"""Ids of tweets as files write them, and ids of our own."""

import hashlib
import re

from sentistream.contracts.topic import decimal_id

WRAPPED = re.compile(r"""[\s'"=]*(?:id[_:\s]*)?['"]?(\d{1,19})['"\s]*""", re.ASCII | re.IGNORECASE)
"""`ID_7`, `'7`, `="7"`: how people keep a spreadsheet from rounding an id."""


def usable_id(written: str | None) -> str | None:
    """A written id as a tweet's id; None where it can't be one."""
    number = None if written is None else decimal_id(written)
    return None if number is None else str(number)


def unwrapped_id(written: str | None) -> str | None:
    """The same, also for an id in a spreadsheet's wrapping."""
    if written is None:
        return None
    usable = usable_id(written)
    if usable is not None:
        return usable
    wrapped = WRAPPED.fullmatch(written)
    return usable_id(wrapped[1]) if wrapped else None


def row_id(file: str, line: int | str, text: str) -> str:
    """A 63-bit id for a row without one, the same whenever the same file is replayed."""
    digest = hashlib.sha256(f"{file}\0{line}\0{text}".encode("utf-8", "surrogatepass")).digest()
    return str(int.from_bytes(digest[:8], "big") >> 1 or 1)
