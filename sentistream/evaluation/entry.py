"""A registered version as people are shown it; apart from `catalogue`, whose MLflow takes seconds to import."""

from dataclasses import dataclass
from datetime import datetime

from sentistream.contracts.model_version import ModelVersion


@dataclass(frozen=True)
class Measured:
    """How good a version was found on its test rows, which it was not trained on and not chosen by."""

    accuracy: float
    interval: tuple[float, float] | None
    """95 %, of the accuracy."""
    macro_f1: float
    rows: int
    data_sha256: tuple[str, ...]
    """Of the files that the rows are of; figures on other files are not comparable."""


@dataclass(frozen=True)
class Entry:
    """A registered version."""

    number: int
    version: ModelVersion | None
    """None where its tags are none of ours."""
    unusable: str
    """Why, in a sentence; empty where it is usable."""
    aliases: tuple[str, ...]
    registered: datetime
    cell: str
    measured: Measured | None
    """None where the registry has no figures of it."""
    tweets_per_second: float | None
    """On one core, as its training measured it; None where it was registered before that was kept."""
    probe: str
    """What the trainer's proof said; empty where it was never proved."""
