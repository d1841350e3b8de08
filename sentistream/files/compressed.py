"""Bytes as they were before compression, told by content: gzip, zstd or neither."""

import gzip
import io
import zlib
from typing import IO, Any, BinaryIO, cast

from sentistream.errors import UserError

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
BUFFER_BYTES = 1 << 20
DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error)
"""What reading a compressed file that is cut short or damaged raises."""


def decompressed(raw: BinaryIO, shown: str) -> IO[bytes]:
    """A buffered stream of what `raw` holds, read once from its beginning; memory does not grow with it.

    Raises:
        UserError: it is zstd and the package for that is not installed.
    """
    buffered = io.BufferedReader(cast(io.RawIOBase, raw), BUFFER_BYTES)
    head = buffered.peek(4)[:4]
    if head.startswith(GZIP):
        return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=buffered)), BUFFER_BYTES)
    if head == ZSTD:
        return io.BufferedReader(_Zstd(buffered, shown), BUFFER_BYTES)
    return buffered


class _Zstd(io.RawIOBase):
    """The frames of a zstd stream, one after the other; zstandard's own reader takes a cut one for a whole one."""

    def __init__(self, raw: IO[bytes], shown: str) -> None:
        try:
            import zstandard
        except ImportError as missing:
            raise UserError(f"{shown} is compressed by zstd: install the package zstandard.", 2) from missing
        self._raw = raw
        self._damage = zstandard.ZstdError
        self._new_frame = zstandard.ZstdDecompressor().decompressobj
        self._frame = self._new_frame()
        self._begun = False
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, target: Any) -> int:
        """As `RawIOBase`; EOFError where the stream ends within a frame."""
        while not self._left:
            chunk = self._frame.unused_data if self._frame.eof else b""
            chunk = chunk or self._raw.read(BUFFER_BYTES // 8)
            if not chunk:
                if self._begun and not self._frame.eof:
                    raise EOFError("it ends within a zstd frame")
                return 0
            if self._frame.eof:
                self._frame = self._new_frame()
            self._begun = True
            try:
                self._left = memoryview(self._frame.decompress(chunk))
            except self._damage as damaged:
                raise EOFError(str(damaged)) from damaged
        size = min(len(target), len(self._left))
        target[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
