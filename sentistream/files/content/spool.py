"""What can be read once only, kept as far as it is looked at before it is read: standard input and named pipes."""

import io
import os
import select
import shutil
import tempfile
import time
from dataclasses import replace
from typing import Any, BinaryIO, cast

from sentistream.files.content.inputs import Input

SPOOLED_BYTES = 256 << 20
SPOOLED_SECONDS = 3.0
"""How long a slow pipe is waited for before what has come decides."""
CHUNK_BYTES = 1 << 16
TOLD_BY_THE_END = (b"PK\x03\x04", b"PAR1")


def spooled(each: Input) -> tuple[Input, Input, bool]:
    """The input for a look at it, the same input for reading it whole afterwards, and whether the look sees all of it."""
    raw = each.open()
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the inputs
    ended = _fill(raw, kept)
    look = replace(each, open=lambda: cast(BinaryIO, _Kept(kept, None)), cut=not ended)
    whole = replace(each, open=lambda: cast(BinaryIO, _Kept(kept, raw)))
    return look, whole, ended


def stored(each: Input) -> Input:
    """An input that can be read again and again: itself, or a copy of all that comes from a pipe."""
    if each.can_be_read_again:
        return each
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the input
    with each.open() as raw:
        shutil.copyfileobj(raw, kept)
    kept.flush()
    return replace(each, size=kept.tell(), open=lambda: cast(BinaryIO, _Kept(kept, None)))


def _fill(raw: BinaryIO, kept: Any) -> bool:
    deadline = time.monotonic() + SPOOLED_SECONDS
    size = 0
    whole = False
    while whole or size < SPOOLED_BYTES:
        # Something must have come, or there is nothing to decide by.
        wait = max(deadline - time.monotonic(), 0.0) if size and not whole else None
        ready, _, _ = select.select([raw], [], [], wait)
        if not ready:
            return False
        chunk = raw.read(CHUNK_BYTES)
        if not chunk:
            return True
        # What is in these is told by their ends.
        whole = whole or (not size and chunk.startswith(TOLD_BY_THE_END))
        kept.write(chunk)
        kept.flush()
        size += len(chunk)
    return False


class _Kept(io.RawIOBase):
    """What was kept, and then the rest."""

    def __init__(self, kept: Any, rest: BinaryIO | None) -> None:
        self._file, self._rest, self._at = kept.fileno(), rest, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, target: Any) -> int:
        """As `RawIOBase`."""
        read = os.pread(self._file, len(target), self._at)
        if not read and self._rest is not None:
            read = self._rest.read(len(target)) or b""
        self._at += len(read)
        target[: len(read)] = read
        return len(read)
