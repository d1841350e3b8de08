"""The label map and the rule from probabilities to a sentiment (docs/design.md, invariant 3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sentistream.errors import UserError

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
SENTIMENTS = (NEGATIVE, NEUTRAL, POSITIVE)
POLAR = (NEGATIVE, POSITIVE)
WITH_NEUTRAL = (NEGATIVE, POSITIVE, NEUTRAL)


@dataclass(frozen=True)
class NeutralBand:
    """A two-class model says neutral between these probabilities of positive, both exclusive."""

    low: float = 0.4
    high: float = 0.6

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high <= 1:
            raise UserError(f"The neutral band {self.low}–{self.high} is not within 0 ≤ low ≤ high ≤ 1.")


@dataclass(frozen=True)
class LabelMap:
    """Class index → sentiment, as stored with the model: index 0 is negative, 1 positive, 2 (if any) neutral."""

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.names not in (POLAR, WITH_NEUTRAL):
            raise UserError(
                f"The label map {dict(enumerate(self.names))} is refused: it must be "
                "{0: negative, 1: positive} or {0: negative, 1: positive, 2: neutral}."
            )

    @classmethod
    def parse(cls, stored: str) -> "LabelMap":
        """Read the form that `str()` writes, `negative,positive[,neutral]`."""
        return cls(tuple(stored.split(",")))

    def __str__(self) -> str:
        return ",".join(self.names)

    def index(self, sentiment: str) -> int:
        """The class index of a sentiment."""
        return self.names.index(sentiment)

    @property
    def has_neutral(self) -> bool:
        """True for a three-class model."""
        return NEUTRAL in self.names


def in_order(names: Iterable[str]) -> list[str]:
    """Sentiments in the one order in which they are shown: that of `SENTIMENTS`, whatever the model's own is."""
    return sorted(names, key=SENTIMENTS.index)


POSITIVE_INDEX = POLAR.index(POSITIVE)
