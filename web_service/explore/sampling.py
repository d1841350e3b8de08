"""A first answer from a sample of the range, and how far it can be trusted.

The sample is slices of time: the range is cut into equal parts, and of each a short time is read that begins at a seeded random place. The stream writes in
the order of time, so a slice lies together in one or two files, and a condition on `created_at` names it for any engine. Gold knows how many tweets the whole
range has, which is what the sample's shares are multiplied with.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist

from web_service.explore.selection import Selection

SLICES = 32
"""Each is a cluster; with fewer the interval gets wide."""
SAMPLE_ROWS = 1_000_000
"""Of silver that are read for a first answer."""
SEED = 7
SECOND = timedelta(seconds=1)
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Sample:
    """Slices of a range, from the first on."""

    slices: tuple[tuple[datetime, datetime], ...]
    seed: int

    @property
    def seconds(self) -> float:
        """Of one slice."""
        begin, end = self.slices[0]
        return (end - begin).total_seconds()

    @property
    def name(self) -> str:
        """Says which tweets it is."""
        return f"{len(self.slices)} slices of {self.seconds:g} s each, one in each equal part of the range, at places drawn by seed {self.seed}"


@dataclass(frozen=True)
class Estimate:
    """A number of the whole range, and between what it lies with `CONFIDENCE`."""

    value: float
    lowest: float
    highest: float


def drawn(selection: Selection, rows: int, seed: int = SEED) -> Sample | None:
    """A sample of about `SAMPLE_ROWS` of a range that has `rows`; None where the range is hardly larger, and all of it is to be read.

    Slices begin at whole seconds and last whole ones.
    """
    seconds = int(selection.length.total_seconds())
    part = seconds / SLICES
    length = max(1, int(part * SAMPLE_ROWS / max(1, rows)))
    if length * 2 >= part:
        return None
    draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
    slices = []
    for number in range(SLICES):
        first, last = int(number * part), int((number + 1) * part) - length
        begin = selection.since + draw.randint(first, last) * SECOND
        slices.append((begin, begin + length * SECOND))
    return Sample(tuple(slices), seed)


def share(of: Sequence[tuple[int, int]]) -> Estimate | None:
    """A share of the whole range from (how many have it, how many there are) of each slice; None where none are.

    The ratio estimator of clusters (Cochran, Sampling Techniques, 1977, 6.3), by Student's t: tweets of one moment are alike, so it is the slices that
    count, and not the tweets. That each part has one slice makes the true spread smaller still.
    """
    n, total = len(of), sum(each for _, each in of)
    if n < 2 or not total:
        return None
    ratio = sum(has for has, _ in of) / total
    spread = sum((has - ratio * each) ** 2 for has, each in of) * n / (n - 1)
    width = _student(n - 1) * spread**0.5 / total
    return Estimate(ratio, max(0.0, ratio - width), min(1.0, ratio + width))


def _student(freedom: int) -> float:
    """The two-sided quantile of Student's t, by its expansion around the normal one (Abramowitz and Stegun 26.7.5); to 0.001 from 8 degrees of freedom on."""
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
