"""Where the marks of a chart stand: plain numbers for the templates, which draw SVG of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from web_service.explore.selection import SENTIMENTS, Selection

WIDTH, HEIGHT = 720.0, 220.0
"""Of the drawing's own units, without the axes' labels."""
LABELS = 5
"""Times below the chart."""


@dataclass(frozen=True)
class Line:
    """A sentiment's share over time; a time without tweets breaks it."""

    sentiment: str
    paths: list[str]
    """Values of `points`, one an unbroken piece."""


@dataclass(frozen=True)
class Spot:
    """One time of a chart: a place to point at, and to go on from."""

    x: float
    width: float
    selection: Selection
    row: dict[str, int | float | datetime]


@dataclass(frozen=True)
class Drawing:
    """Shares over time, 0 to 100 % from the bottom to the top."""

    lines: list[Line]
    spots: list[Spot]
    labels: list[datetime]
    """Of times that are equally far apart, from the first to the last."""
    width: float = WIDTH
    height: float = HEIGHT


def over_time(rows: Sequence[dict[str, int | float | datetime]], selection: Selection, step: timedelta) -> Drawing:
    """Draw the rows of the chart over time."""
    seconds = selection.length.total_seconds()

    def across(moment: datetime) -> float:
        return round(WIDTH * (moment - selection.since).total_seconds() / seconds, 1)

    spots: list[Spot] = []
    pieces: dict[str, list[list[str]]] = {name: [[]] for name in SENTIMENTS}
    before: datetime | None = None
    for row in rows:
        moment = row["moment"]
        assert isinstance(moment, datetime)  # noqa: S101 - by the statement
        begin, end = max(moment, selection.since), min(moment + step, selection.until)
        left, right = across(begin), across(end)
        spots.append(Spot(left, round(right - left, 1), replace(selection, since=begin, until=end), row))
        for name in SENTIMENTS:
            y = round(HEIGHT * (1 - float(row[f"{name}_share"])), 1)  # type: ignore[arg-type]  # a number
            if before is not None and moment - before > step:
                pieces[name].append([])
            pieces[name][-1].append(f"{(left + right) / 2:.1f},{y}")
        before = moment
    labels = [selection.since + selection.length * each / (LABELS - 1) for each in range(LABELS)]
    lines = [Line(name, [" ".join(_wide(each)) for each in pieces[name] if each]) for name in SENTIMENTS]
    return Drawing(lines, spots, labels)


def _wide(points: list[str]) -> list[str]:
    """A line of one point is a short stroke."""
    if len(points) > 1:
        return points
    x, y = points[0].split(",")
    return [f"{float(x) - 3:.1f},{y}", f"{float(x) + 3:.1f},{y}"]
