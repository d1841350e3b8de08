"""What is scored: one file, opened and decided as a replay of it would be, or its lines as they are."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sentistream.errors import UserError
from sentistream.files import reading
from sentistream.files.content import encoding
from sentistream.files.content.inputs import STANDARD_INPUT, Input, expand
from sentistream.files.content.lines import bounded
from sentistream.files.content.opening import opened as content
from sentistream.files.content.spool import spooled
from sentistream.files.deciding import decide
from sentistream.files.inspection import short
from sentistream.files.options import FileOptions, Ids, Purpose
from sentistream.files.rows import BrokenRow, Row, TweetRow

AT_A_TERMINAL = "Reading from the terminal: type or paste the file, and end it by Ctrl-D on a line of its own."


@dataclass(frozen=True)
class Source:
    """One file, ready to be read."""

    shown: str
    """As messages name it."""
    rows: Callable[[], Iterator[Row]]
    told: tuple[str, ...] = ()
    """What a person is told of how it is read."""
    expected: int | None = None
    """How many rows there are, where that is known."""


def opened(file: str, options: FileOptions, *, lines: bool = False) -> Source:
    """Decide how a file is read.

    Args:
        file: a path, `s3://…`, or `-`.
        options: what the user says of it.
        lines: whether each line is a text.

    Raises:
        UserError: there is none, or several, or it can't be read.
    """
    if file == STANDARD_INPUT and sys.stdin.isatty():
        sys.stderr.write(f"{AT_A_TERMINAL}\n")
    inputs = expand([file])
    if len(inputs) != 1:
        raise UserError(f"{file} names {len(inputs):,} files: score them one by one.", exit_code=2)
    [each] = inputs
    if lines:
        return _of_lines(each, options)
    look, whole, complete = (each, each, True) if each.can_be_read_again else spooled(each)
    # An id is a row's own here, whatever stands beside it elsewhere.
    decided = decide(look, replace(options, ids=Ids.COLUMN))
    decided.require(Purpose.SCORE)
    decision = decided.decision_for(Purpose.SCORE)
    told = (short(each.shown, decided, Purpose.SCORE), *decided.told(Purpose.SCORE))
    known = decided.rows if complete and decided.whole else None
    return Source(each.shown, lambda: reading.read(whole, decision), told, known)


def _of_lines(each: Input, options: FileOptions) -> Source:
    unread = [
        f"--{name.replace('_', '-')}" for name in ("text_column", "id_column", "delimiter") if getattr(options, name)
    ]
    if unread:
        raise UserError(
            f"--lines takes each line as a text, so that {', '.join(unread)} says nothing: leave one out.", exit_code=2
        )

    def rows() -> Iterator[Row]:
        with content(each) as stream:
            for number, line in enumerate(
                bounded(encoding.as_utf_8(stream, options.encoding or encoding.UTF_8, False)), 1
            ):
                yield _line(each.shown, number, line)

    return Source(each.shown, rows)


def _line(file: str, number: int, line: bytes) -> Row:
    try:
        text = line.decode().rstrip("\r\n").removeprefix("\ufeff" if number == 1 else "")
    except UnicodeDecodeError:
        return BrokenRow(file, number, "it can't be decoded (--encoding says how)")
    return TweetRow(number, text) if text.strip() else BrokenRow(file, number, "the text is empty")
