"""A file's rows → pieces of bounded size, broken rows in their places."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from sentistream.files.rows import BrokenRow, PassedOver, Row, TweetRow
from sentistream.scoring.checked import ROWS

MOST_CHARACTERS = 4 << 20
"""Of a piece's texts: rows may be of any length."""
HALF = "its text holds half of a pair of UTF-16, which is no character"


@dataclass
class Piece:
    """Consecutive rows, as columns."""

    lines: list[int] = field(default_factory=list)
    """Where each begins, counted from 1; in a document its place in the list."""
    ids: list[str | None] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    """None where the row is broken."""
    problems: dict[int, str] = field(default_factory=dict)
    """Row of the piece → why it is broken."""
    passed_over: int = 0
    """Messages between them that are no rows."""

    def __len__(self) -> int:
        return len(self.lines)

    def column(self) -> pa.LargeStringArray:
        """The texts; one with half a character becomes a broken row."""
        try:
            return pa.array(self.texts, pa.large_string())
        except UnicodeEncodeError:
            for row, text in enumerate(self.texts):
                if text is not None and not _is_whole(text):
                    self.texts[row], self.problems[row] = None, HALF
            return pa.array(self.texts, pa.large_string())


def pieces(rows: Iterable[Row]) -> Iterator[Piece]:
    """Cut a file's rows into pieces; none is empty, but one that only counts what was passed over at the end."""
    piece, characters = Piece(), 0
    for row in rows:
        if isinstance(row, PassedOver):
            piece.passed_over += 1
            continue
        piece.lines.append(row.line)
        if isinstance(row, TweetRow):
            piece.ids.append(row.tweet_id)
            piece.texts.append(row.text)
            characters += len(row.text)
        else:
            assert isinstance(row, BrokenRow)  # noqa: S101 - for mypy
            piece.problems[len(piece.ids)] = row.problem
            piece.ids.append(None)
            piece.texts.append(None)
        if len(piece) >= ROWS or characters >= MOST_CHARACTERS:
            yield piece
            piece, characters = Piece(), 0
    if len(piece) or piece.passed_over:
        yield piece


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
