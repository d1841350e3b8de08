"""In which encoding a file is written: its mark, what all of its bytes are valid in, or charset-normalizer where that is sure."""

import codecs
import io
from dataclasses import dataclass, field
from typing import IO, Any

from sentistream.errors import UserError

UTF_8 = "utf-8"
MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CHUNK_BYTES = 1 << 20
SCANNED_BYTES = 512 << 20
"""Of a file's content; what comes after is taken to be like it."""
SAMPLE_BYTES = 64 << 10
"""Of the lines that are not ASCII, for the detector."""
DAMAGED_AT_MOST = 0.1
"""Lines that are no UTF-8, for each byte that shows that a file is UTF-8 nevertheless: a cut emoji here and there."""
FEW_BYTES = 0.01
"""Share of the bytes beyond ASCII up to which a text is a Western one: other alphabets have more."""
WESTERN = "cp1252"
ASCII = bytes(range(128))
NEAR = 0.1
"""Candidates of the detector whose measure of mess is so close to the best one's are candidates, too."""


@dataclass
class Scan:
    """What a look at the bytes shows."""

    bytes: int = 0
    line_feeds: int = 0
    carriage_returns: int = 0
    utf_8_bytes: int = 0
    """Bytes that UTF-8 needs beyond one a character, in lines that are UTF-8."""
    lines_not_utf_8: int = 0
    other_bytes: int = 0
    """Bytes beyond ASCII in these."""
    whole: bool = True
    sample: bytearray = field(default_factory=bytearray)

    @property
    def ends_lines_by_cr(self) -> bool:
        """True where lines end in a bare CR, as on old Macintoshes."""
        return self.carriage_returns > 0 and self.line_feeds == 0


def marked(head: bytes) -> tuple[str, int] | None:
    """The encoding that a byte order mark names, and the mark's length; or UTF-16 without one, by its zero bytes."""
    for mark, name in MARKS:
        if head.startswith(mark):
            return name, len(mark)
    even, odd = head[:4096:2], head[1:4096:2]
    if len(head) >= 8 and b"\0" in head:
        if odd.count(0) > len(odd) * 0.4 and even.count(0) < len(even) * 0.1:
            return "utf-16-le", 0
        if even.count(0) > len(even) * 0.4 and odd.count(0) < len(odd) * 0.1:
            return "utf-16-be", 0
    return None


def scan(begun: bytes, stream: IO[bytes], letters: bool = True) -> Scan:
    """Look at all bytes that `begun` and the rest of a stream hold, or at the first `SCANNED_BYTES`; memory does not grow with it.

    Without `letters` only at the line ends.
    """
    seen, rest = Scan(), b""
    while chunk := begun or stream.read(CHUNK_BYTES):
        begun = b""
        seen.bytes += len(chunk)
        seen.line_feeds += chunk.count(b"\n")
        if not seen.line_feeds:
            seen.carriage_returns += chunk.count(b"\r")
        if letters and (rest or not chunk.isascii()):
            rest = _look_at_lines(seen, rest + chunk)
        if seen.bytes >= SCANNED_BYTES:
            seen.whole = False
            break
    if rest:
        _look_at_line(seen, rest)
    return seen


def _look_at_lines(seen: Scan, text: bytes) -> bytes:
    """Look at the whole lines of a text; the rest is what begins the next one."""
    end = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
    lines, rest = text[:end], text[end:]
    try:
        seen.utf_8_bytes += len(lines) - len(lines.decode())
    except UnicodeDecodeError:
        for line in lines.splitlines(keepends=True):
            _look_at_line(seen, line)
    return rest if not rest.isascii() and len(rest) < CHUNK_BYTES else b""


def _look_at_line(seen: Scan, line: bytes) -> None:
    if line.isascii():
        return
    try:
        seen.utf_8_bytes += len(line) - len(line.decode())
    except UnicodeDecodeError:
        seen.lines_not_utf_8 += 1
        seen.other_bytes += len(line.translate(None, ASCII))
        if len(seen.sample) < SAMPLE_BYTES:
            seen.sample += line


def told(seen: Scan, shown: str) -> str:
    """The encoding of a file without a mark.

    Raises:
        UserError: it is no UTF-8, and several others read it as different texts.
    """
    if seen.lines_not_utf_8 <= seen.utf_8_bytes * DAMAGED_AT_MOST:
        return UTF_8
    if seen.other_bytes <= seen.bytes * FEW_BYTES:
        return WESTERN
    candidates = _candidates(bytes(seen.sample))
    if len(set(candidates.values())) == 1:
        return next(iter(candidates))
    listed = ", ".join(candidates) or "none of the usual ones"
    raise UserError(
        f"{shown}: the file is not UTF-8, and its encoding can't be told for sure (it could be {listed}): name it, as with "
        f"--encoding {next(iter(candidates), WESTERN)}."
    )


def _candidates(sample: bytes) -> dict[str, str]:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(sample))
    if not matches:
        return {}
    best = min(match.chaos for match in matches)
    return {match.encoding.replace("_", "-"): str(match) for match in matches if match.chaos <= best + NEAR}


def known(name: str) -> str:
    """A codec's name as Python spells it.

    Raises:
        UserError: there is no such text encoding.
    """
    try:
        codec = codecs.lookup(name)
        "a".encode(codec.name)
    except (LookupError, TypeError, ValueError) as unknown:
        raise UserError(
            f"--encoding {name}: there is no such encoding; examples are utf-8, cp1252, cp1251, shift_jis, gb18030, utf-16.",
            exit_code=2,
        ) from unknown
    return UTF_8 if codec.name == "utf-8-sig" else codec.name


def as_utf_8(stream: IO[bytes], encoding: str, carriage_returns: bool = False) -> IO[bytes]:
    """The stream as UTF-8 without a mark, with line feeds where lines end in a bare CR; the stream itself where it is that already."""
    head: bytes = stream.peek(4)[:4]  # type: ignore[attr-defined]  # `decompressed` gives a BufferedReader
    mark = next((mark for mark, name in MARKS if head.startswith(mark) and name.startswith(encoding[:5])), b"")
    stream.read(len(mark))
    if encoding == UTF_8 and not carriage_returns:
        return stream
    if mark and encoding in ("utf-16", "utf-32"):
        encoding = next(name for each, name in MARKS if each == mark)
    return io.BufferedReader(_AsUtf8(stream, encoding, carriage_returns), CHUNK_BYTES)


def as_written(line: bytes, encoding: str) -> bytes:
    """A line's bytes in the file's own encoding again."""
    return line if encoding == UTF_8 else line.decode("utf-8", "replace").encode(encoding, "replace")


class _AsUtf8(io.RawIOBase):
    def __init__(self, stream: IO[bytes], encoding: str, carriage_returns: bool) -> None:
        self._stream = stream
        # UTF-8 that is only to get line ends keeps its faults: they are named line by line.
        faults = "surrogateescape" if encoding == UTF_8 else "replace"
        self._decoder = codecs.getincrementaldecoder(encoding)(faults)
        self._faults = "surrogateescape" if encoding == UTF_8 else "strict"
        self._carriage_returns = carriage_returns
        self._left = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, target: Any) -> int:
        """As `RawIOBase`."""
        while not self._left and not self._ended:
            chunk = self._stream.read(CHUNK_BYTES)
            self._ended = not chunk
            text = self._decoder.decode(chunk, final=self._ended)
            if self._carriage_returns:
                text = text.replace("\r", "\n")
            self._left = memoryview(text.encode("utf-8", self._faults))
        size = min(len(target), len(self._left))
        target[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
