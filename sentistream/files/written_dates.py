"""Dates as files of tweets write them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache

from dateutil import parser

MONTHS = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
"""Names of zones that have one meaning in files of tweets, and their hours from UTC."""
TWITTER = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ({'|'.join(MONTHS)}) (\d\d) (\d\d):(\d\d):(\d\d) ({'|'.join(ZONES)}|[+-]\d{{4}}) (\d{{4}})",
    re.ASCII,
)
NUMERIC = re.compile(
    r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})"
    r"(?:,?[ T]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(?:([AaPp])\.?[Mm]\.?)?)?(?:\s*([A-Za-z]{1,4}|[+-]\d\d:?\d\d))?",
    re.ASCII,
)
"""Day and month, or month and day, then the year."""
EPOCH = re.compile(r"(\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d*)?", re.ASCII)
"""Since 1970 in seconds, or in their thousandths, millionths or billionths."""
NAMED_ZONE = re.compile(r"(.*\d)\s*([A-Z]{1,4}|[+-]\d{4})")
OTHERWISE = re.compile(r"(?=.*[A-Za-z]{3})(?=.*\d{4}).{8,60}|\d{4}[/.]\d{1,2}[/.]\d{1,2}.{0,30}", re.ASCII)
"""What is left to dateutil: a month by its name, or the year first. It would take nearly anything for a date of today."""
DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))
DAY_FIRST, MONTH_FIRST = "day-first", "month-first"


@dataclass(frozen=True, slots=True)
class Dates:
    """How a file's dates are read; one without a zone is UTC."""

    order: str = ""
    """`day-first` or `month-first` for numbers like 01/02/2023; empty where a file has none or does not tell."""
    form: str | None = None
    """The user's format for `strptime`, used instead of all else."""

    def instant(self, written: object) -> datetime | None:
        """The moment in UTC; None where the date is absent, no date, or can't be told."""
        if isinstance(written, int | float) and not isinstance(written, bool):
            written = str(int(written))
        if not isinstance(written, str) or not written:
            return None
        try:
            moment = datetime.strptime(written, self.form) if self.form else _moment(written, self.order)
            if moment is None:
                return None
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def iso(self, written: object) -> str | None:
        """The same as X writes it, to the millisecond."""
        moment = self.instant(written)
        return f"{moment.isoformat(timespec='milliseconds')[:23]}Z" if moment else None


def instant(written: object) -> datetime | None:
    """The moment of a date that needs no decision of its file."""
    return PLAIN.instant(written)


def iso_time(written: object) -> str | None:
    """A date that needs no decision of its file as X writes it; None where it is absent or in an unknown form."""
    return PLAIN.iso(written)


PLAIN = Dates()


def tells(written: str) -> str | None:
    """Which order a numeric date proves: day-first, month-first, or neither (empty); None where it is no numeric date."""
    numeric = NUMERIC.fullmatch(written.strip())
    if numeric is None:
        return None
    first, second = int(numeric[1]), int(numeric[3])
    if first > 12 >= second:
        return DAY_FIRST
    if second > 12 >= first:
        return MONTH_FIRST
    return "" if first != second else None


def _moment(written: str, order: str) -> datetime | None:
    if written[4:5] == "-":
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            zoned = NAMED_ZONE.fullmatch(written)
            return datetime.fromisoformat(zoned[1]).replace(tzinfo=_zone(zoned[2])) if zoned else None
    twitter = TWITTER.fullmatch(written)
    if twitter is not None:
        month, day, hour, minute, second, zone, year = twitter.groups()
        return datetime(int(year), MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=_zone(zone))
    since_1970 = EPOCH.fullmatch(written)
    if since_1970 is not None:
        digits = since_1970[1]
        return datetime.fromtimestamp(int(digits) / 10 ** (len(digits) - 10), UTC)
    numeric = NUMERIC.fullmatch(written.strip())
    if numeric is not None:
        return _numeric(numeric, order or tells(written) or "")
    return _by_dateutil(written) if OTHERWISE.fullmatch(written.strip()) else None


def _numeric(numeric: re.Match[str], order: str) -> datetime | None:
    first, second, year = int(numeric[1]), int(numeric[3]), int(numeric[4])
    if not order and first != second:
        return None
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    hour, half = int(numeric[5] or 0), (numeric[8] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    year += 2000 if len(numeric[4]) == 2 else 0
    return datetime(year, month, day, hour, int(numeric[6] or 0), int(numeric[7] or 0), tzinfo=_zone(numeric[9] or "Z"))


@lru_cache(4096)
def _by_dateutil(written: str) -> datetime | None:
    # What is left out would be taken from the default: with two of them that shows.
    first, second = (parser.parse(written, default=default, tzinfos=_offset) for default in DEFAULTS)
    return first if first == second else None


def _offset(name: str | None, seconds: int | None) -> int | None:
    """Seconds from UTC of a zone that dateutil has found; it would take an unknown one for UTC."""
    if seconds is None and name is not None:
        if name not in ZONES:
            raise ValueError(name)
        return ZONES[name] * 3600
    return seconds


@cache
def _zone(name: str) -> timezone:
    if name in ZONES:
        return timezone(timedelta(hours=ZONES[name]))
    if name[0] not in "+-":
        raise ValueError(name)
    offset = timedelta(hours=int(name[1:3]), minutes=int(name[-2:]))
    return timezone(-offset if name[0] == "-" else offset)
