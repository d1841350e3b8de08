"""An input's content without its compression; what goes wrong in reading it, in a sentence."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from sentistream.errors import UserError, full_stop
from sentistream.files.content.compressed import BUFFER_BYTES, DAMAGE, decompressed
from sentistream.files.content.inputs import Input


@contextmanager
def opened(each: Input) -> Iterator[IO[bytes]]:
    """An input's content without its compression.

    Raises:
        UserError: it is damaged or can't be read.
    """
    try:
        with each.open() as raw:
            stream = decompressed(raw, each.shown)
            yield cast(IO[bytes], io.BufferedReader(_UntilCut(stream), BUFFER_BYTES)) if each.cut else stream
    except DAMAGE as damaged:
        raise UserError(
            f"{each.shown}: the compressed file is cut short or damaged ({damaged}); fetch it again."
        ) from damaged
    except OSError as failed:
        raise UserError(full_stop(f"{each.shown} can't be read to its end: {failed}")) from failed


class _UntilCut(io.RawIOBase):
    """A stream of which only the beginning is there: it ends where that ends."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, target: Any) -> int:
        """As `RawIOBase`."""
        try:
            read: bytes = self._stream.read1(len(target))  # type: ignore[attr-defined]  # a BufferedReader
        except DAMAGE:
            return 0
        target[: len(read)] = read
        return len(read)
