"""What a version meets now beside its profile: what has moved, and what is known of its accuracy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from sentistream.contracts.labels import SENTIMENTS
from sentistream.drift.divergence import noise_floor, psi
from sentistream.drift.profile import Profile

Counts = npt.NDArray[np.int64]
NOTICED = 0.05
"""Shares that move by so much, beyond chance, are reported; they are no alarm by themselves, since what people say changes with the day."""
OF_LANGUAGE = 0.1
"""By so much a language's share has to move. Of English tweets of 2017 6 % spoke Italian, since they were about Ariana Grande."""
NEAR = 0.05
"""Within so much of the profile's rate of unknown words an accuracy can be estimated: out of domain it was 11 to 32 points too good."""
SURELY = 3.29
"""Standard errors; chance is beyond them once in a thousand times."""
LEAST_LABELLED = 50


@dataclass(frozen=True)
class Met:
    """What a version met in some time: counts as `Yardstick.counted` has them, summed, of all tweets and of the texts that were looked at."""

    tweets: int
    counts: Mapping[str, Counts]
    confidence: float
    """Mean of the most probable class's probability; NaN where it is not known."""


@dataclass(frozen=True)
class Trait:
    """A thing that is watched: how its distribution is made of counts, and how its change is told."""

    name: str
    title: str
    of: Callable[[Mapping[str, Counts]], Counts]
    says: Callable[[Counts], str]


@dataclass(frozen=True)
class Compared:
    """One trait now beside the profile."""

    trait: str
    title: str
    psi: float
    floor: float
    before: str
    now: str
    moved: bool
    """Whether it is an alarm."""
    noticed: bool = False
    """Whether it is worth a word and no alarm."""


@dataclass(frozen=True)
class Accuracy:
    """What is known of how often a version is right."""

    profile: float | None
    """On its held-out rows."""
    measured: float | None
    """On labelled tweets that it was not trained on; None where there are too few."""
    labelled: int
    estimated: float | None
    """By its own probabilities, less what these were too sure of on the held-out rows; None where that can't be done."""
    why_unknown: str
    """Why it is not estimated; empty where it is."""
    moved: bool
    """Whether it is an alarm: clearly worse than on the held-out rows."""
    inverted: bool
    """Whether it is wrong more often than right."""


@dataclass(frozen=True)
class Verdict:
    """All that is said of a time; the traits in the order in which one is the cause of the next."""

    tweets: int
    traits: tuple[Compared, ...]
    accuracy: Accuracy

    @property
    def alarms(self) -> list[str]:
        """The names of what has moved, the likely cause first; empty where nothing has."""
        return [each.trait for each in self.traits if each.moved] + (["accuracy"] if self.accuracy.moved else [])


def judged(profile: Profile, met: Met) -> Verdict:
    """Hold what was met against a profile."""
    traits = tuple(_compared(trait, profile, met) for trait in _traits(profile))
    return Verdict(met.tweets, traits, _accuracy(profile, met))


def divergences(profile: Profile, met: Met) -> dict[str, tuple[float, float]]:
    """Of each trait its index and the floor; one of which there was nothing to count is left out."""
    found = {}
    for trait in _traits(profile):
        before, now = trait.of(profile.counts), trait.of(met.counts)
        if before.sum() and now.sum():
            found[trait.name] = psi(before, now), noise_floor(before, now)
    return found


def _compared(trait: Trait, profile: Profile, met: Met) -> Compared:
    before, now = trait.of(profile.counts), trait.of(met.counts)
    index, floor = psi(before, now), noise_floor(before, now)
    told = trait.name, trait.title, index, floor, trait.says(before), trait.says(now)
    if trait.name == "words" and now.sum() and before.sum():
        # A few points matter here, which the index of a rare event does not show: the accuracy can no longer be estimated.
        return Compared(*told, moved=index > floor or _is_beyond(before[1:], now[1:], before, now, NEAR))
    if trait.name == "languages":
        # The name of a singer may be a word of another language.
        return Compared(*told, moved=index > floor and _is_beyond(before, now, before, now, OF_LANGUAGE))
    noticed = trait.name == "sentiments" and _is_beyond(before, now, before, now, NOTICED)
    return Compared(*told, moved=index > floor, noticed=noticed and index <= floor)


def _is_beyond(some_before: Counts, some_now: Counts, before: Counts, now: Counts, points: float) -> bool:
    """Whether one of some shares has moved by so much, and not by chance."""
    n, m = int(now.sum()), int(before.sum())
    if not n or not m:
        return False
    p, q = some_before / m, some_now / n
    error = np.sqrt(p * (1 - p) / m + q * (1 - q) / n)
    return bool((np.abs(q - p) > np.maximum(points, SURELY * error)).any())


def _accuracy(profile: Profile, met: Met) -> Accuracy:
    before, labelled = profile.accuracy, int(met.counts["labelled"][0])
    measured = int(met.counts["correct"][0]) / labelled if labelled >= LEAST_LABELLED else None
    moved = False
    if before is not None and measured is not None:
        rows = int(profile.counts["labelled"][0])
        error = sqrt(before * (1 - before) / rows + measured * (1 - measured) / labelled)
        moved = measured < before - max(NOTICED, SURELY * error)
    estimated, why = _estimate(profile, met)
    return Accuracy(
        before, measured, labelled, estimated, why, moved, moved and measured is not None and measured < 0.5
    )


def _estimate(profile: Profile, met: Met) -> tuple[float | None, str]:
    rates = []
    for counts in (profile.counts, met.counts):
        words = int(counts["words"][0])
        rates.append(int(counts["unknown_words"][0]) / words if words else None)
    before, now = rates
    if profile.accuracy is None or np.isnan(profile.confidence) or np.isnan(met.confidence):
        return None, "of three classes the lake holds one probability"
    if before is None or now is None:
        return None, "there are no words"
    if abs(now - before) > NEAR:
        return None, f"{now:.1%} of the words are unknown, {before:.1%} were: what it is sure of says nothing here"
    return min(1.0, max(0.0, met.confidence + profile.accuracy - profile.confidence)), ""


def _traits(profile: Profile) -> Iterator[Trait]:
    yield Trait("empty", "texts without a word or sign", *_share("empty"))
    yield Trait("escapes", "texts that are escaped once too often", *_share("escaped"))
    languages = profile.yardstick.languages
    yield Trait(
        "languages",
        "languages, by their telling words",
        lambda counts: np.asarray(counts["spoken"][: len(languages)]),
        lambda counts: _largest(languages, counts),
    )
    yield Trait(
        "words",
        "words that its training rows did not have",
        lambda counts: np.concatenate([counts["words"] - counts["unknown_words"], counts["unknown_words"]]),
        _rate,
    )
    yield Trait("entities", "texts with HTML entities", *_share("entities"))
    yield Trait("length", "length of the texts", lambda counts: counts["lengths"], _bins)
    yield Trait("scores", "P(positive)", lambda counts: counts["scores"], _bins)
    yield Trait(
        "sentiments",
        "shares of the sentiments",
        lambda counts: counts["sentiments"],
        lambda counts: ", ".join(
            f"{share:.1%} {name}" for name, share in zip(SENTIMENTS, counts / max(counts.sum(), 1), strict=True)
        ),
    )


def _share(name: str) -> tuple[Callable[[Mapping[str, Counts]], Counts], Callable[[Counts], str]]:
    return lambda counts: np.concatenate([counts["texts"] - counts[name], counts[name]]), _rate


def _rate(counts: Counts) -> str:
    return f"{counts[1] / max(counts.sum(), 1):.1%}"


def _bins(counts: Counts) -> str:
    return " ".join(f"{share:.0%}" for share in counts / max(counts.sum(), 1))


def _largest(names: tuple[str, ...], counts: Counts) -> str:
    order = np.argsort(-counts, kind="stable")[:3]
    told = [f"{names[place]} {counts[place] / counts.sum():.0%}" for place in order if counts[place]]
    return ", ".join(told) or "none told"
