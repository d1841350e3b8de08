"""The labelled rows of files, as was decided for each; what can't be used is counted by its kind, and named."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from sentistream.errors import UserError
from sentistream.files.content.inputs import Input, expand
from sentistream.files.content.spool import stored
from sentistream.files.deciding import NothingToReadError, decide
from sentistream.files.inspection import short
from sentistream.files.options import FileOptions, Purpose
from sentistream.files.reading import SKIPPED, read
from sentistream.files.rows import BrokenRow, PassedOver, TweetRow
from sentistream.files.written_dates import Dates
from sentistream.terminal import shown

NAMED = 5
"""Broken rows that are named; all are counted."""
Tell = Callable[[str], None]


def said(sentence: str) -> None:
    """Tell the person at the terminal; nothing that a file's columns or labels hold reaches it but as text."""
    sys.stderr.write(f"{shown(sentence)}\n")


def inputs(arguments: Iterable[str]) -> list[Input]:
    """What is trained or measured on: files, folders, globs, `-` and `s3://…`, each of which is read more than once.

    Raises:
        UserError: one names nothing, can't be read, or is empty.
    """
    found = [stored(each) for each in expand(arguments, named_apart=False)]
    for each in found:
        if each.size == 0:
            raise NothingToReadError(f"{each.shown}: the file is empty.")
    return found


class Labelled:
    """Reads files one after the other and keeps the account of all."""

    def __init__(self, options: FileOptions | None = None, skip_bad: bool = False, tell: Tell | None = None) -> None:
        self._options = options or FileOptions()
        self._skip_bad = skip_bad
        self._tell = tell or (lambda sentence: None)
        self._named: list[str] = []
        self._problems: Counter[str] = Counter()
        self.unlabelled = self.skipped = 0

    @property
    def broken(self) -> int:
        """Rows that can't be used."""
        return self._problems.total()

    def rows(self, each: Input) -> Iterator[tuple[TweetRow, Dates]]:
        """A file's labelled rows, each with how its date is read.

        Raises:
            UserError: the file can't be read, or what its labels mean can't be told.
        """
        decided = decide(each, self._options)
        self._tell(short(each.shown, decided, Purpose.TRAIN))
        for warning in decided.told(Purpose.TRAIN):
            self._tell(f"{each.shown}: {warning}")
        decided.require(Purpose.TRAIN)
        dates = decided.decision.dates
        for row in read(each, decided.decision):
            if isinstance(row, TweetRow):
                if row.label:
                    yield row, dates
                else:
                    self.unlabelled += 1
            elif isinstance(row, BrokenRow):
                self._problems[row.kind] += 1
                if len(self._named) < NAMED:
                    self._named.append(str(row))
            elif isinstance(row, PassedOver):
                self.skipped += row.what == SKIPPED

    def require_sound(self, done: str) -> None:
        """Say which rows can't be used; an error unless they are to be skipped.

        Raises:
            UserError: there are some.
        """
        if not self.broken:
            return
        kinds = ", ".join(f"{problem} ({count:,})" for problem, count in self._problems.most_common())
        named = "; ".join(self._named) + ("; …" if self.broken > len(self._named) else "")
        told = f"{self.broken:,} rows can't be used: {kinds}. {named}"
        if not self._skip_bad:
            raise UserError(
                f"{told}. Nothing was {done}; mend or remove these lines, or go on without them by --skip-bad.", 2
            )
        self._tell(f"left out by --skip-bad: {told}")
