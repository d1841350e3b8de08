"""Reads a stream line by line with bounded memory, however long a line is."""

from collections.abc import Iterator
from typing import IO

from sentistream.contracts.topic import MAX_MESSAGE_BYTES

MAX_LINE_BYTES = MAX_MESSAGE_BYTES - (16 << 10)
"""What the topic takes, less room for the key and the headers."""


def bounded(stream: IO[bytes]) -> Iterator[bytes]:
    """Line by line; of a longer one only its first `MAX_LINE_BYTES`."""
    while line := stream.readline(MAX_LINE_BYTES):
        yield line
        while len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
