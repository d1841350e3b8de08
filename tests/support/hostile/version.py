"""What a hostile version is, and the draft that its maker edits before it is registered."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.hostile.artefact import Artefact
from tests.support.hostile.canary import Canary


@dataclass
class Draft:
    """A good version just before it is registered."""

    artefact: Artefact
    canary: Canary
    tags: dict[str, str]
    run_id: str
    source: str
    """Where the registry says that the artefact lies."""
    source_of_the_champion: str


@dataclass(frozen=True)
class HostileVersion:
    """One hostile version."""

    name: str
    make: Callable[[Draft], None]
    says: str
    """A pattern that the sentence which refuses it matches."""
    is_edited_later: bool = False
    """Whether it is edited behind the registration's back: its digest is that of the good files."""

    def __str__(self) -> str:
        return self.name


def registered(name: str, says: str) -> Callable[[Callable[[Draft], None]], HostileVersion]:
    """Of files that were hostile from the first: they have a digest that fits."""
    return lambda make: HostileVersion(name, make, says)


def edited(name: str, says: str) -> Callable[[Callable[[Draft], None]], HostileVersion]:
    """Of good files that were edited once their digest was registered."""
    return lambda make: HostileVersion(name, make, says, is_edited_later=True)
