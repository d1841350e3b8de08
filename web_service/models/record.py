"""What is known of the registry's versions at one moment, as the page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sentistream.contracts.model_version import PREVIOUS
from sentistream.evaluation.beside import Beside
from sentistream.evaluation.contest import Contest
from sentistream.evaluation.entry import Entry
from sentistream.evaluation.live import LiveAccuracy


@dataclass(frozen=True)
class Verdict:
    """Whether a version may be promoted here."""

    is_offered: bool
    told: str
    """Why, or why not, in a sentence."""
    contest: Contest | None = None
    """Against the version that is champion, by stored predictions on the same promotion rows."""


@dataclass(frozen=True)
class Registered:
    """What the registry says."""

    entries: tuple[Entry, ...]
    """The newest first."""
    verdicts: Mapping[int, Verdict]
    """Of each version that is not champion."""


@dataclass(frozen=True)
class Looked:
    """Which rows of silver were looked at."""

    silver: int
    """The table's version."""
    labelled: int
    """Labelled tweets."""
    since: datetime | None
    """Kafka time of the oldest of them."""
    is_all: bool
    """Whether there are no others with a label."""


@dataclass(frozen=True)
class Scored:
    """What silver says."""

    looked: Looked
    live: Mapping[int, LiveAccuracy]
    """Of the versions that scored labelled tweets."""
    beside: Beside | None
    """The challenger beside the champion."""


@dataclass(frozen=True)
class Record:
    """All of it."""

    taken_at: datetime
    registered: Registered
    scored: Scored | None
    """None where there is no lake to look into, or it could not be read."""
    not_beside: str
    """Why no challenger is compared, in a sentence; empty where one is."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The versions, the newest first."""
        return self.registered.entries

    def named(self, alias: str) -> Entry | None:
        """The version that an alias names."""
        return named(self.entries, alias)

    @property
    def previous(self) -> Entry | None:
        """The version to go back to."""
        return self.named(PREVIOUS)


def named(entries: Sequence[Entry], alias: str) -> Entry | None:
    """The version that an alias names, in whatever case it is written; None where it names none."""
    return next((each for each in entries if alias.lower() in map(str.lower, each.aliases)), None)
