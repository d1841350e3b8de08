"""What a file is read as: tweets, broken rows and what is passed over, in the order of the file."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

TOO_DEEP = "nested too deeply, or half a character in its text"
OF_ONE_ROW = re.compile(r"'.*'|\".*\"|[\d,]*\d")


class TweetRow(NamedTuple):
    """One tweet of a file."""

    line: int
    """Where it begins, counted from 1; in a document its place in the list."""
    text: str
    """The whole text."""
    label: str = ""
    """The sentiment; empty where the file or its decision gives none."""
    tweet_id: str | None = None
    """A usable id; None where the row gets one of our own."""
    created_at: str | int | float | None = None
    """As it is written."""
    author: str | None = None
    item: int = 0
    """Its place in a list that stands on a line with others, counted from 1."""
    value: bytes | None = None
    """The v2 object under `tweet_id`; None where it is still to be made."""
    author_id: str | None = None
    """Of an object that is still to be made."""
    lang: str | None = None
    """BCP 47."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that can't be used, and why; it travels in the stream beside the good ones."""

    file: str
    line: int
    problem: str
    raw: bytes = field(default=b"", compare=False, repr=False)
    """The bytes that it was read from."""
    item: int = 0

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.problem}"

    @property
    def kind(self) -> str:
        """The problem without what differs from row to row."""
        return OF_ONE_ROW.sub("…", self.problem.partition(" (")[0].partition(": ")[0])


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A row that is no tweet and no fault: a message of a stream, a header again, a row whose label is skipped."""

    line: int
    what: str


Row = TweetRow | BrokenRow | PassedOver
