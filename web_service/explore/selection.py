"""What is looked at: a range of time and filters, as the page's address has them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE

SENTIMENTS = (NEGATIVE, NEUTRAL, POSITIVE)
ALL = "*"
"""Gold's name for all tweets, whatever their rules."""
LAST = re.compile(r"([1-9]\d{0,3})([mhd])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
MINUTE = timedelta(minutes=1)
USUAL = timedelta(hours=1)
LONGEST = timedelta(days=3_660)
LONGEST_TEXT = 200
"""Characters of a filter."""
MOST_LANGUAGES = 20
FIELDS = ("last", "from", "to", "lang", "rule", "q", "sentiment", "version")
"""The names in an address; those of the other selection begin with `OTHER`."""
OTHER = "vs_"


class UnclearError(ValueError):
    """A filter in the address that can't be meant; says which, and what is."""


@dataclass(frozen=True)
class Selection:
    """Tweets of a range (whole minutes, UTC) that pass every filter.

    `sentiment` leaves no tweet out of a share: it says whose share is looked at, and which tweets are listed.
    """

    since: datetime
    until: datetime
    """The first moment that is not in the range any more."""
    languages: tuple[str, ...] = ()
    rule: str | None = None
    keyword: str | None = None
    """Tweets whose text holds this anywhere, in upper or lower case."""
    sentiment: str | None = None
    version: int | None = None
    """Of the model that scored them."""

    @property
    def length(self) -> timedelta:
        """Of the range."""
        return self.until - self.since

    @property
    def of_gold(self) -> bool:
        """Whether gold can answer it: it knows neither texts nor versions."""
        return self.keyword is None and self.version is None

    @property
    def watched(self) -> str:
        """The sentiment whose share is looked at."""
        return self.sentiment or NEGATIVE

    def before(self) -> Self:
        """The same filters in the range of the same length before this one."""
        return replace(self, since=self.since - self.length, until=self.since)

    def pairs(self, prefix: str = "") -> list[tuple[str, str]]:
        """Names and values of an address that says this selection, by absolute times."""
        given = [("from", written(self.since)), ("to", written(self.until))]
        given += [("lang", each) for each in self.languages]
        others = {"rule": self.rule, "q": self.keyword, "sentiment": self.sentiment, "version": self.version}
        given += [(name, str(value)) for name, value in others.items() if value is not None]
        return [(prefix + name, value) for name, value in given]


@dataclass(frozen=True)
class Chip:
    """A filter that is on."""

    name: str
    value: str
    without: "Selection"
    """The selection that is left where it is taken off."""


def chips(selection: Selection) -> Iterator[Chip]:
    """The filters that are on, in the order in which they are shown."""
    for each in selection.languages:
        others = tuple(other for other in selection.languages if other != each)
        yield Chip("language", each, replace(selection, languages=others))
    without = {
        "rule": (selection.rule, replace(selection, rule=None)),
        "keyword": (selection.keyword, replace(selection, keyword=None)),
        "sentiment": (selection.sentiment, replace(selection, sentiment=None)),
        "model version": (selection.version, replace(selection, version=None)),
    }
    for name, (value, left) in without.items():
        if value is not None:
            yield Chip(name, str(value), left)


def parse(given: Sequence[tuple[str, str]], newest: datetime) -> tuple[Selection, Selection | None]:
    """The selection that a query string says, and the one that it is held against.

    Args:
        given: names and values; an empty value is none, a name that is not of `FIELDS` is left alone.
        newest: the end of the latest minute that there is, at which a range ends that says no end.

    Raises:
        UnclearError: a value can't be meant.
    """
    own = [(name, value) for name, value in given if name in FIELDS and value.strip()]
    others = [(name.removeprefix(OTHER), value) for name, value in given if name.startswith(OTHER)]
    selection = _parsed(own, newest, None)
    return selection, _parsed(others, newest, selection) if others else None


def written(moment: datetime) -> str:
    """As it stands in an address: ISO 8601 in UTC, to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _parsed(given: Sequence[tuple[str, str]], newest: datetime, like: Selection | None) -> Selection:
    """Read one selection; what is not said of the other one is as in the first."""
    values: dict[str, list[str]] = {}
    for name, value in given:
        values.setdefault(name, []).append(value.strip())
    said: Mapping[str, str] = {name: each[-1] for name, each in values.items()}
    since, until = _range(said, newest, like)
    found = Selection(since, until) if like is None else replace(like, since=since, until=until)
    if "lang" in values:
        found = replace(found, languages=_languages(values["lang"]))
    if "rule" in said:
        # All tweets are no rule.
        found = replace(found, rule=_text("rule", said["rule"].removeprefix(ALL) and said["rule"]))
    if "q" in said:
        found = replace(found, keyword=_text("q", said["q"]))
    if "sentiment" in said:
        if said["sentiment"] and said["sentiment"] not in SENTIMENTS:
            raise UnclearError(f"sentiment is {', '.join(SENTIMENTS)}.")
        found = replace(found, sentiment=said["sentiment"] or None)
    if "version" in said:
        found = replace(found, version=_version(said["version"]))
    return found


def _range(said: Mapping[str, str], newest: datetime, like: Selection | None) -> tuple[datetime, datetime]:
    if said.get("last"):
        read = LAST.fullmatch(said["last"])
        if read is None:
            raise UnclearError("last is a number and m, h or d: last=15m, last=24h.")
        length, until = int(read[1]) * UNITS[read[2]], newest
        since = until - min(length, LONGEST)
    else:
        length = USUAL if like is None else like.length
        end = said.get("to")
        begin = said.get("from")
        if like is not None and not begin and not end:
            return like.since, like.until
        until = _moment("to", end) if end else (_moment("from", begin) + length if begin and like else newest)
        since = _moment("from", begin) if begin else until - length
    # Whole minutes, as gold has them: the range grows to hold what was asked for.
    since = since.replace(second=0, microsecond=0)
    if until.second or until.microsecond:
        until = until.replace(second=0, microsecond=0) + MINUTE
    if not since < until:
        raise UnclearError("The range is empty: from has to be before to.")
    if until - since > LONGEST:
        raise UnclearError(f"A range has at most {LONGEST.days:,} days.")
    return since, until


def _moment(name: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise UnclearError(f"{name} is a time like 2026-01-02T03:04Z.") from wrong
    if not 1900 <= moment.year < 9_900:
        raise UnclearError(f"{name} is a time like 2026-01-02T03:04Z, of the years 1900 to 9899.")
    return moment


def _text(name: str, value: str) -> str | None:
    if len(value) > LONGEST_TEXT or "\x00" in value or any("\ud800" <= each <= "\udfff" for each in value):
        raise UnclearError(f"{name} is text of at most {LONGEST_TEXT} characters, without a NUL.")
    return value or None


def _languages(values: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text for each in values if (text := _text("lang", each)) is not None))
    if len(found) > MOST_LANGUAGES:
        raise UnclearError(f"At most {MOST_LANGUAGES} languages are taken together.")
    return found


def _version(value: str) -> int | None:
    if not value:
        return None
    if not re.fullmatch(r"[1-9]\d{0,8}", value):
        raise UnclearError("version is the number of a model's version.")
    return int(value)
