"""Numbers, shares and times as pages write them; the templates' filters. `static/figures.js` says the same in the browser."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

FEW = 100
"""A share of fewer is written with its counts."""
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def number(value: float, digits: int = 0) -> str:
    """With thousands separators: `10,482`."""
    return f"{value:,.{digits}f}"


def share(part: int, whole: int) -> str:
    """`41 %`; of few `12 of 30`; of none `–`."""
    if not whole:
        return "–"
    return f"{part} of {whole}" if whole < FEW else f"{100 * part / whole:.0f} %"


def seconds(value: float) -> str:
    """A duration for the eye: `0.17 s`, `12 s`, `5 min`, `3 h`, `2 d`."""
    if value < 1:
        return f"{value:.2f} s"
    if value < 10:
        return f"{value:.1f} s"
    for unit, length in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if value >= 2 * length:
            return f"{value / length:.0f} {unit}"
    return f"{value:.0f} s"


def moment(value: datetime | float) -> str:
    """A time, UTC: `2026-11-27 22:51:20`.

    Args:
        value: a time with its zone, or seconds since 1970.
    """
    return _utc(value).strftime("%Y-%m-%d %H:%M:%S")


def clock(value: datetime | float) -> str:
    """A time of the day, UTC: `22:51:20`."""
    return _utc(value).strftime("%H:%M:%S")


def iso(value: datetime | float) -> str:
    """A time for machines, in an address too: `2026-11-27T22:51:20Z`."""
    return _utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")


def _utc(value: datetime | float) -> datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "share": share,
    "seconds": seconds,
    "moment": moment,
    "clock": clock,
    "iso": iso,
}
