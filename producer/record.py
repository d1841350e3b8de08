"""What is published: one Kafka record with the contract's key, value and headers."""

import hashlib
from dataclasses import dataclass

from sentistream.contracts.topic import LABEL_HEADER, POSITION_HEADER, SCHEMA, SCHEMA_HEADER, SOURCE_HEADER, decimal_id
from sentistream.files.written_dates import instant

Header = tuple[str, bytes]
SCHEMA_IS: Header = (SCHEMA_HEADER, SCHEMA.encode())


@dataclass(frozen=True, slots=True)
class Record:
    """A record ready for Kafka."""

    key: bytes
    value: bytes
    headers: tuple[Header, ...]
    created_at: str | None = None
    """When the tweet was written, as the value says it."""


def headers(source: str, position: bytes, label: str | None = None) -> tuple[Header, ...]:
    """The contract's headers."""
    required: tuple[Header, ...] = (SCHEMA_IS, (SOURCE_HEADER, source.encode()), (POSITION_HEADER, position))
    return (*required, (LABEL_HEADER, label.encode())) if label else required


def row_id(file: str, line: int, text: str) -> str:
    """A 63-bit id for a row without one, the same whenever the same file is replayed."""
    digest = hashlib.sha256(f"{file}\0{line}\0{text}".encode("utf-8", "surrogatepass")).digest()
    return str(int.from_bytes(digest[:8], "big") >> 1 or 1)


def iso_time(written: object) -> str | None:
    """A file's date as X writes it; None where it is absent or in an unknown form."""
    moment = instant(written)
    return f"{moment.isoformat()[:19]}.000Z" if moment else None


def usable_id(written: str | None) -> str | None:
    """A written id as a tweet's id; None where it can't be one."""
    number = None if written is None else decimal_id(written)
    return None if number is None else str(number)
