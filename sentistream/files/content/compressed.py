"""Bytes as they were before compression, told by content: gzip, zstd, bzip2, xz, a zip archive of one file, or none."""

import bz2
import gzip
import io
import lzma
import shutil
import tempfile
import zipfile
import zlib
from typing import IO, Any, BinaryIO, cast

from sentistream.errors import UserError
from sentistream.files.content import signatures

GZIP, ZSTD, BZIP2, XZ, ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\0", b"PK\x03\x04"
BUFFER_BYTES = 1 << 20
IN_MEMORY = 8 << 20
"""Of a zip archive that comes as a stream; more lies in a temporary file."""
NESTED = 3
DAMAGE = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
"""What reading a compressed file that is cut short or damaged raises."""
BESIDE = ("__MACOSX/", ".DS_Store", "Thumbs.db")
"""What archives hold beside the file."""


def decompressed(raw: BinaryIO, shown: str) -> IO[bytes]:
    """A buffered stream of what `raw` holds, read once from its beginning; memory does not grow with it.

    Raises:
        UserError: it is zstd and the package for that is not installed; it is a zip archive of several files, or a document.
    """
    stream: IO[bytes] = io.BufferedReader(cast(io.RawIOBase, raw), BUFFER_BYTES)
    for _ in range(NESTED):
        inner = _once(stream, raw, shown)
        if inner is stream:
            break
        stream = inner
    return stream


def _once(stream: IO[bytes], raw: BinaryIO, shown: str) -> IO[bytes]:
    head: bytes = stream.peek(8)[:8]  # type: ignore[attr-defined]  # a BufferedReader, here and below
    if head.startswith(GZIP):
        return _buffered(_Unpacked(gzip.GzipFile(fileobj=stream)))
    if head.startswith(ZSTD):
        return _buffered(_Zstd(stream, shown))
    if head.startswith(BZIP2) and head[3:4].isdigit():
        return _buffered(_Unpacked(bz2.BZ2File(stream)))
    if head.startswith(XZ):
        return _buffered(_Unpacked(lzma.LZMAFile(stream)))
    return _buffered(_member(stream, shown)) if head.startswith(ZIP) else stream


def _buffered(raw: object) -> IO[bytes]:
    return io.BufferedReader(cast(io.RawIOBase, raw), BUFFER_BYTES)


def _member(stream: IO[bytes], shown: str) -> IO[bytes]:
    if not stream.seekable():
        whole = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - lives as long as the stream
        shutil.copyfileobj(stream, whole)
        whole.seek(0)
        stream = cast(IO[bytes], whole)
    archive = zipfile.ZipFile(stream)
    names = [
        each.filename
        for each in archive.infolist()
        if not each.is_dir() and not any(beside in each.filename for beside in BESIDE)
    ]
    mimetype = archive.read("mimetype").decode("ascii", "replace") if "mimetype" in names else ""
    document = signatures.named_archive(names, mimetype)
    if document is not None:
        raise UserError(f"{shown}: {document}.")
    if len(names) != 1:
        listed = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        raise UserError(
            f"{shown}: this is a zip archive of {len(names)} files ({listed}): unpack it and give the files you mean."
        )
    if archive.getinfo(names[0]).flag_bits & 1:
        raise UserError(f"{shown}: this is a zip archive with a password: unpack it and give {names[0]}.")
    return archive.open(names[0])


class _Unpacked(io.RawIOBase):
    """What a packed file holds, as it comes: all before the place where it is cut short can be read."""

    def __init__(self, packed: gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile) -> None:
        self._packed = packed

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, target: Any) -> int:
        """As `RawIOBase`; EOFError where bzip2 is damaged, of which it says what the system says of a failing disk."""
        try:
            read = self._packed.read1(len(target))
        except OSError as damaged:
            if damaged.errno is not None or isinstance(damaged, gzip.BadGzipFile):
                raise
            raise EOFError(str(damaged)) from damaged
        target[: len(read)] = read
        return len(read)


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
