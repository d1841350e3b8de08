"""Dates as files of tweets write them."""

from datetime import UTC, datetime

# Sentiment140 writes `Mon Apr 06 22:19:45 PDT 2009`; these are the zones that occur in it.
ZONES = {" PDT ": " -0700 ", " PST ": " -0800 ", " UTC ": " +0000 ", " GMT ": " +0000 "}
FORMS = (
    "%a %b %d %H:%M:%S %z %Y",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
)


def instant(written: str | None) -> datetime | None:
    """The moment in UTC; None where the date is absent or in an unknown form."""
    if written is None:
        return None
    for name, offset in ZONES.items():
        written = written.replace(name, offset)
    for form in FORMS:
        try:
            return datetime.strptime(written, form).astimezone(UTC)
        except ValueError:
            continue
    return None
