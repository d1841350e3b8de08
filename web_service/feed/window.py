"""The last minutes of silver, counted in steps of Kafka time, and the version that scored each step's last tweet.

What is counted is a function of one version of the table: each file's rows are counted by themselves, added when the log adds the file, and taken away when it
removes it. So a rescoring, an erasure and a compaction are right without a case of their own, and every number equals the SQL that `live.sql` asks.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import SENTIMENTS

STEP = 5
"""Seconds."""
SPAN = 900
"""Seconds: 15 minutes."""
STEP_US = STEP * 1_000_000
COLUMNS = ("kafka_timestamp", "sentiment", "model_name", "model_version")


@dataclass(frozen=True)
class Step:
    """What one file has of one step."""

    counts: tuple[int, int, int]
    """Negative, neutral, positive."""
    last_us: int
    """The Kafka time of its last tweet."""
    model: tuple[str, int]
    """The version that scored that."""


@dataclass(frozen=True)
class Counted:
    """One step of the window."""

    start: int
    """Seconds since 1970."""
    negative: int
    neutral: int
    positive: int
    model: tuple[str, int]

    @property
    def tweets(self) -> int:
        """All."""
        return self.negative + self.neutral + self.positive


class Window:
    """The steps of the last 15 minutes before the newest tweet."""

    def __init__(self) -> None:
        self._steps: defaultdict[int, dict[str, Step]] = defaultdict(dict)
        """Step → file → what it has of it."""
        self._of_file: dict[str, list[int]] = {}
        self._changed: set[int] = set()
        self.newest_us = 0
        """Kafka time of the newest tweet that was ever counted."""

    @property
    def first(self) -> int:
        """The window's first step, in seconds since 1970."""
        return self.end - SPAN

    @property
    def end(self) -> int:
        """Where the step of the newest tweet ends, in seconds since 1970."""
        return (self.newest_us // STEP_US + 1) * STEP

    def reaches(self, latest_us: int | None) -> bool:
        """Whether rows up to that time may be in the window."""
        return latest_us is None or latest_us >= self.first * 1_000_000

    def add(self, file: str, steps: Mapping[int, Step]) -> None:
        """Count a file."""
        if not steps:
            return
        self.newest_us = max(self.newest_us, *(step.last_us for step in steps.values()))
        kept = [start for start in steps if start >= self.first]
        for start in kept:
            self._steps[start][file] = steps[start]
        if kept:
            self._of_file[file] = kept
        self._changed.update(kept)
        self._forget_old()

    def remove(self, file: str) -> None:
        """Count a file no more."""
        for start in self._of_file.pop(file, []):
            del self._steps[start][file]
            self._changed.add(start)

    def files(self) -> Iterator[tuple[int, list[str]]]:
        """Each step that has tweets, the newest first, and the files that hold them."""
        for start in sorted(self._steps, reverse=True):
            yield start, list(self._steps[start])

    def all(self) -> list[Counted]:
        """Every step that has tweets, in order."""
        return [self._counted(start) for start in sorted(self._steps) if self._steps[start]]

    def changed(self) -> list[Counted]:
        """The steps that have changed since they were last asked for, in order; without tweets, too."""
        starts, self._changed = sorted(start for start in self._changed if start >= self.first), set()
        return [self._counted(start) for start in starts]

    def _counted(self, start: int) -> Counted:
        parts = self._steps.get(start, {}).values()
        if not parts:
            return Counted(start, 0, 0, 0, ("", 0))
        negative, neutral, positive = (sum(column) for column in zip(*(part.counts for part in parts), strict=True))
        last = max(parts, key=lambda part: (part.last_us, part.model))
        return Counted(start, negative, neutral, positive, last.model)

    def _forget_old(self) -> None:
        for start in [start for start in self._steps if start < self.first]:
            for file in self._steps.pop(start):
                starts = self._of_file.get(file)
                if starts is not None:
                    starts.remove(start)
                    if not starts:
                        del self._of_file[file]


def counted(rows: pa.Table, first: int) -> dict[int, Step]:
    """A file's rows → its steps from one on.

    Args:
        rows: `COLUMNS`.
        first: in seconds since 1970.
    """
    times = microseconds(rows["kafka_timestamp"])
    codes = pc.index_in(rows["sentiment"], pa.array(SENTIMENTS)).to_numpy()
    in_window = times >= first * 1_000_000
    order = np.flatnonzero(in_window)
    if not len(order):
        return {}
    versions, names = rows["model_version"].to_numpy(), rows["model_name"]
    # Of one time, the last version; as `live.sql` says.
    order = order[np.lexsort((versions[order], times[order]))]
    starts, begins = np.unique(times[order] // STEP_US, return_index=True)
    ends = np.append(begins[1:], len(order))
    found = {}
    for start, begin, end in zip(starts.tolist(), begins.tolist(), ends.tolist(), strict=True):
        of_step = order[begin:end]
        last = of_step[-1]
        negative, neutral, positive = np.bincount(codes[of_step], minlength=len(SENTIMENTS)).tolist()
        model = (names[int(last)].as_py(), int(versions[last]))
        found[start * STEP] = Step((negative, neutral, positive), int(times[last]), model)
    return found


def switches(steps: list[Counted]) -> Iterator[tuple[int, str, int]]:
    """Where another version than in the step before scored: the step's start, and the version; the first step's, too."""
    before: tuple[str, int] | None = None
    for step in steps:
        if step.model != before:
            yield step.start, *step.model
        before = step.model


def microseconds(times: pa.ChunkedArray) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Times as microseconds since 1970."""
    converted = pc.cast(pc.cast(times, pa.timestamp("us", tz="UTC"), safe=False), pa.int64())
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = converted.to_numpy()
    return found
