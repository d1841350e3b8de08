"""From rows to the written result: one thread reads and writes in order, the others score."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa

from sentistream.batch.forms import Writer
from sentistream.batch.pieces import Piece, pieces
from sentistream.batch.result import Scored, scored
from sentistream.files.rows import BrokenRow, Row
from sentistream.scoring.checked import cores
from sentistream.scoring.scorer import Scorer

AHEAD = 2
"""Pieces a core that are read before the first of them is written."""
SHOWN = 5
"""Rows without a score that are named one by one."""
Made = TypeVar("Made")


@dataclass
class Counts:
    """What came of the rows."""

    rows: int = 0
    without: Counter[str] = field(default_factory=Counter)
    """Why rows have no score → how many."""
    first: list[str] = field(default_factory=list)
    """The first of them, each with its line."""
    passed_over: int = 0
    """Messages that are no tweets, and headers that stand again among the rows."""

    @property
    def scored(self) -> int:
        """Rows with a score."""
        return self.rows - self.without.total()

    def add(self, done: Scored) -> None:
        """Count a piece."""
        self.rows += done.rows.num_rows
        self.passed_over += done.passed_over
        for row, why in sorted(done.without.items()):
            self.without[BrokenRow("", 0, why).kind] += 1
            if len(self.first) < SHOWN:
                self.first.append(f"line {done.rows['line'][row]}: {why}")


def run(
    rows: Iterable[Row], scorer: Scorer, columns: pa.Schema, writer: Writer, told: Callable[[Counts], None]
) -> Counts:
    """Score and write all rows, in their order, with memory that doesn't grow.

    Args:
        rows: of a file.
        scorer: of the version.
        columns: of the result.
        writer: takes them.
        told: is called after each piece with the counts so far.

    Raises:
        UnfitError: the scorer fails on some text.
        UserError: the file can't be read to its end.
        OSError: the result can't be written.
    """

    def made(piece: Piece) -> tuple[Scored, pa.RecordBatch | bytes]:
        done = scored(piece, scorer, columns)
        return done, writer.encoded(done.rows)

    counts = Counts()
    for done, encoded in _in_order(pieces(rows), made):
        writer.write(encoded)
        counts.add(done)
        told(counts)
    return counts


def _in_order(given: Iterator[Piece], made: Callable[[Piece], Made]) -> Iterator[Made]:
    """What threads make of pieces, in their order, few at a time."""
    waiting: deque[Future[Made]] = deque()
    number = cores()
    with ThreadPoolExecutor(number, "scoring") as pool:
        try:
            for piece in given:
                waiting.append(pool.submit(made, piece))
                while len(waiting) > AHEAD * number or (waiting and waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()
