"""What is published: one Kafka record with the contract's key, value and headers."""

from dataclasses import dataclass

from sentistream.contracts.topic import (
    LABEL_HEADER,
    POSITION_HEADER,
    READING_HEADER,
    SCHEMA,
    SCHEMA_HEADER,
    SOURCE_HEADER,
)

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


def headers(source: str, position: bytes, label: str | None = None, reading: bytes = b"") -> tuple[Header, ...]:
    """The contract's headers."""
    marks: tuple[Header, ...] = (SCHEMA_IS, (SOURCE_HEADER, source.encode()), (POSITION_HEADER, position))
    if reading:
        marks = (*marks, (READING_HEADER, reading))
    return (*marks, (LABEL_HEADER, label.encode())) if label else marks
