"""Reads a stream line by line with bounded memory, however long a line is."""

from collections.abc import Iterator
from typing import IO

from sentistream.contracts.topic import MAX_MESSAGE_BYTES

MAX_LINE_BYTES = MAX_MESSAGE_BYTES - (16 << 10)
"""What the topic takes, less room for the key and the headers."""


def bounded(stream: IO[bytes], most: int = MAX_LINE_BYTES) -> Iterator[bytes]:
    """Line by line; of a longer one only its first `most` bytes."""
    while line := stream.readline(most):
        yield line
        while len(line) == most and not line.endswith(b"\n"):
            line = stream.readline(most)
