"""JSON values of a stream, one after the other: the items of a list of any length, or whole documents of a bounded one."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any

MAX_DOCUMENT_BYTES = 64 << 20
"""Of a value that is read whole: an item of a list, or a document that is no list."""
CHUNK_BYTES = 1 << 20
BLANK = re.compile(r"[\s,]*")
DECODER = json.JSONDecoder()


class FaultError(Exception):
    """What stands in the way, in words; `line` is where, `ended` that the stream ended within a value."""

    def __init__(self, problem: str, line: int, ended: bool = False) -> None:
        super().__init__(problem)
        self.line = line
        self.ended = ended


def values(begun: bytes, stream: IO[bytes]) -> Iterator[Any]:
    """The items of the lists, and the other values, that `begun` and the rest of the stream hold.

    Raises:
        FaultError: it is no JSON, or ends early.
    """
    text = _Text(begun, stream)
    while text.skip_blank():
        if text.next_is("["):
            text.take(1)
            while text.skip_blank() and not text.next_is("]"):
                yield text.value()
            if not text.take(1):
                raise FaultError("it ends within a list", text.line, ended=True)
        else:
            yield text.value()


class _Text:
    """A window over the stream."""

    def __init__(self, begun: bytes, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = self._decoder.decode(begun)
        self._at = 0
        self._ended = False
        self.line = 1

    def next_is(self, sign: str) -> bool:
        """Whether the next character is this one."""
        return self._text.startswith(sign, self._at)

    def take(self, length: int) -> bool:
        """Go on by so many characters; False at the end."""
        self.line += self._text.count("\n", self._at, self._at + length)
        self._at += length
        return self._at <= len(self._text)

    def skip_blank(self) -> bool:
        """Go on to the next sign; False at the end."""
        while True:
            match = BLANK.match(self._text, self._at)
            self.take(match.end() - self._at if match else 0)
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def value(self) -> Any:
        """The value that begins here."""
        looked = 0
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
                # A number may go on in the next chunk.
                if end < len(self._text) or not self._more():
                    self.take(end - self._at)
                    return value
            except json.JSONDecodeError as error:
                # Read on while the fault is at the end of what is there; and at least as much again, so that no text is read many times.
                looked = max(looked, len(self._text) - self._at)
                if len(self._text) - self._at > MAX_DOCUMENT_BYTES:
                    raise FaultError(f"it is larger than {MAX_DOCUMENT_BYTES >> 20} MiB", self.line) from error
                if not self._grow(1 + looked // CHUNK_BYTES):
                    line = self.line + self._text.count("\n", self._at, error.pos)
                    ended = error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated")
                    raise FaultError(f"{error.msg[0].lower()}{error.msg[1:]}", line, ended) from error
            except RecursionError as error:
                raise FaultError("it is nested too deeply", self.line) from error

    def _grow(self, chunks: int) -> bool:
        """Read so many chunks more; False where there was none."""
        grown = [self._more() for _ in range(chunks)]
        return any(grown)

    def _more(self) -> bool:
        if self._ended:
            return False
        chunk = self._stream.read(CHUNK_BYTES)
        self._ended = not chunk
        self._text = self._text[self._at :] + self._decoder.decode(chunk, final=self._ended)
        self._at = 0
        return not self._ended
