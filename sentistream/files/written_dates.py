"""Dates as files of tweets write them."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

MONTHS = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
# Sentiment140 writes `Mon Apr 06 22:19:45 PDT 2009`, v1.1 of the API an offset instead; these are the zones that occur.
ZONES = {"PDT": -7, "PST": -8, "UTC": 0, "GMT": 0}
TWITTER = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ({'|'.join(MONTHS)}) (\d\d) (\d\d):(\d\d):(\d\d) ({'|'.join(ZONES)}|[+-]\d{{4}}) (\d{{4}})",
    re.ASCII,
)
SPACED = "%Y-%m-%d %H:%M:%S %z"


def instant(written: object) -> datetime | None:
    """The moment in UTC; None where the date is absent, no text, or in an unknown form."""
    if not isinstance(written, str) or not written:
        return None
    try:
        found = TWITTER.fullmatch(written)
        if found is not None:
            month, day, hour, minute, second, zone, year = found.groups()
            moment = datetime(
                int(year), MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=_zone(zone)
            )
        elif "T" in written:
            moment = datetime.fromisoformat(written)
        else:
            moment = datetime.strptime(written, SPACED)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


@cache
def _zone(name: str) -> timezone:
    if name in ZONES:
        return timezone(timedelta(hours=ZONES[name]))
    offset = timedelta(hours=int(name[1:3]), minutes=int(name[3:]))
    return timezone(-offset if name[0] == "-" else offset)
