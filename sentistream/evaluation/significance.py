"""How far a figure on held-out rows can be trusted: bootstrap intervals and McNemar's test."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentistream.evaluation.metrics import Evaluation
from sentistream.mcnemar import McNemar
from sentistream.mcnemar import mcnemar as of_counts

RESAMPLES = 2000
"""Enough for two stable digits of a 95 % percentile interval (Efron and Tibshirani 1993, chapter 13)."""

NORMAL_95 = 1.959964
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.4f}–{self.high:.4f}"


def bootstrap(evaluation: Evaluation, figure: Callable[[Evaluation], float], seed: int) -> Interval:
    """Interval of a figure that follows from the confusion matrix.

    Drawing rows with replacement is drawing their cells of the matrix from a multinomial distribution.
    """
    counts = evaluation.confusion.reshape(-1)
    drawn = np.random.default_rng(seed).multinomial(evaluation.rows, counts / counts.sum(), RESAMPLES)
    figures = [figure(Evaluation(evaluation.labels, each.reshape(evaluation.confusion.shape))) for each in drawn]
    low, high = np.percentile(figures, [2.5, 97.5])
    return Interval(float(low), float(high))


def wilson(right: int, rows: int) -> Interval:
    """95 % interval of a share of rows (Wilson 1927): within 0 and 1, and of some width also where all or none are right."""
    share, spread = right / rows, NORMAL_95**2 / rows
    centre, half = share + spread / 2, NORMAL_95 * math.sqrt(share * (1 - share) / rows + spread / rows / 4)
    return Interval(max(0.0, (centre - half) / (1 + spread)), min(1.0, (centre + half) / (1 + spread)))


def mcnemar(first_correct: npt.NDArray[np.bool_], second_correct: npt.NDArray[np.bool_]) -> McNemar:
    """McNemar's test on rows in the same order."""
    first, second = int((first_correct & ~second_correct).sum()), int((second_correct & ~first_correct).sum())
    return of_counts(first, second)
