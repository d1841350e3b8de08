"""Spans of minutes: few enough to name in one predicate, of the tweets that are read and of gold's rows that are replaced."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np

Span = tuple[int, int]
"""The first minute and the one after the last, in minutes since 1970."""
EVER: Span = (
    int(datetime(1, 1, 2, tzinfo=UTC).timestamp()) // 60,
    int(datetime(9999, 12, 31, 23, 59, tzinfo=UTC).timestamp()) // 60,
)
MINUTES_A_DAY = 1440
MOST_SPANS = 64
"""How many spans one predicate names: its cost grows with them."""


def spans(minutes: Iterable[int], most: int = MOST_SPANS) -> list[Span]:
    """Spans that cover the minutes, at most so many: where there would be more, the narrowest gaps are covered too."""
    ordered = np.unique(np.fromiter(minutes, np.int64))
    if not len(ordered):
        return []
    gaps = np.diff(ordered)
    widest = np.argsort(gaps, kind="stable")[::-1][: most - 1]
    breaks = np.sort(widest[gaps[widest] > 1])
    firsts, lasts = ordered[np.concatenate([[0], breaks + 1])], ordered[np.concatenate([breaks, [-1]])]
    return [(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True)]


def within(column: str, covered: Sequence[Span]) -> str:
    """The SQL predicate that a time lies in one of the spans."""
    return " OR ".join(f"({column} >= {_moment(first)} AND {column} < {_moment(end)})" for first, end in covered)


def rows_within(covered: Sequence[Span]) -> str:
    """The SQL predicate for the rows of gold whose minutes lie in one of the spans; it names their dates, so that other days are not looked at."""
    first, last = _date(covered[0][0]), _date(covered[-1][1] - 1)
    return f"window_date >= DATE '{first}' AND window_date <= DATE '{last}' AND ({within('window_start', covered)})"


def clipped(covered: Iterable[Span], first: date) -> list[Span]:
    """What of the spans lies on a day or later."""
    begin = (first - date(1970, 1, 1)).days * MINUTES_A_DAY
    return [(max(start, begin), end) for start, end in covered if end > begin]


def pieces(held: Iterable[tuple[int, datetime | None, datetime | None]], most_rows: int) -> list[Span]:
    """Spans of whole days that together cover all time, each of at most so many rows unless it is a single day.

    Args:
        held: rows of a file, and its earliest and latest time, None where its statistics don't say.
        most_rows: as far as one can tell: a file's rows are taken to be spread evenly.
    """
    of_day: dict[int, float] = {}
    for rows, earliest, latest in held:
        if earliest is not None and latest is not None:
            first, last = _day(earliest), _day(latest)
            for day in range(first, last + 1):
                of_day[day] = of_day.get(day, 0.0) + rows / (last - first + 1)
    begins: list[int] = []
    taken = float(most_rows)
    for day in sorted(of_day):
        if taken + of_day[day] > most_rows:
            begins.append(day)
            taken = 0.0
        taken += of_day[day]
    edges = [EVER[0], *(day * MINUTES_A_DAY for day in begins[1:]), EVER[1]]
    return list(pairwise(edges))


def _date(minute: int) -> date:
    return datetime.fromtimestamp(minute * 60, UTC).date()


def _day(moment: datetime) -> int:
    return int(moment.timestamp() // 86_400)


def _moment(minute: int) -> str:
    # The type of the columns: TIMESTAMP, and a text that is compared with one, are of nanoseconds, which end in 2262 and which delta-rs refuses beside them
    # in a predicate of what is replaced.
    written = datetime.fromtimestamp(minute * 60, UTC).isoformat().replace("+00:00", "Z")
    return f"arrow_cast('{written}', 'Timestamp(Microsecond, Some(\"UTC\"))')"
