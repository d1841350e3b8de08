"""Accuracy against tweets a second, as places in a drawing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentistream.evaluation.entry import Entry

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 430, 12, 268
TICKS = 5


@dataclass(frozen=True)
class Tick:
    """A line of the grid."""

    at: float
    label: str


@dataclass(frozen=True)
class Point:
    """A version."""

    x: float
    y: float
    low: float | None
    """The ends of its interval."""
    high: float | None
    label: str
    is_champion: bool


@dataclass(frozen=True)
class Chart:
    """All of it."""

    points: tuple[Point, ...]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def chart(entries: Sequence[Entry], champion: Entry | None, data: Mapping[int, str]) -> Chart | None:
    """The versions with both figures; None where there is none.

    Args:
        entries: the versions.
        champion: which of them is it.
        data: version → the letter of the rows that it was measured on.
    """
    shown = [(each, each.measured, each.tweets_per_second) for each in entries]
    both = [(each, found, speed) for each, found, speed in shown if found is not None and speed]
    if not both:
        return None
    ends: list[float] = [end for _, found, _ in both for end in (found.accuracy, *(found.interval or ()))]
    low, high = math.floor(100 * min(ends)), math.ceil(100 * max(ends))
    high += low == high
    first = math.floor(math.log10(min(speed for *_, speed in both)))
    last = max(math.ceil(math.log10(max(speed for *_, speed in both))), first + 1)

    def x(speed: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (math.log10(speed) - first) / (last - first), 1)

    def y(accuracy: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (100 * accuracy - low) / (high - low), 1)

    step = max(1, -(-(high - low) // TICKS))
    return Chart(
        tuple(
            Point(
                x(speed),
                y(found.accuracy),
                y(found.interval[0]) if found.interval else None,
                y(found.interval[1]) if found.interval else None,
                f"v{each.number} {data.get(each.number, '')}".rstrip(),
                each is champion,
            )
            for each, found, speed in both
        ),
        tuple(Tick(y(percent / 100), f"{percent}") for percent in range(low, high + 1, step)),
        tuple(Tick(x(10.0**power), f"{10**power:,}") for power in range(first, last + 1)),
    )
