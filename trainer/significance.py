"""How far a figure on held-out rows can be trusted: bootstrap intervals and McNemar's test."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np
import numpy.typing as npt

from trainer.evaluation import Evaluation

RESAMPLES = 2000
"""Enough for two stable digits of a 95 % percentile interval (Efron and Tibshirani 1993, chapter 13)."""


@dataclass(frozen=True)
class Interval:
    """A 95 % percentile bootstrap interval."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.4f}–{self.high:.4f}"


@dataclass(frozen=True)
class McNemar:
    """Two models on the same rows: on how many exactly one of them is right, and how likely such a split is by chance."""

    only_first: int
    only_second: int
    p_value: float


def bootstrap(evaluation: Evaluation, figure: Callable[[Evaluation], float], seed: int) -> Interval:
    """Interval of a figure that follows from the confusion matrix.

    Drawing rows with replacement is drawing their cells of the matrix from a multinomial distribution.
    """
    counts = evaluation.confusion.reshape(-1)
    drawn = np.random.default_rng(seed).multinomial(evaluation.rows, counts / counts.sum(), RESAMPLES)
    figures = [figure(Evaluation(evaluation.labels, each.reshape(evaluation.confusion.shape))) for each in drawn]
    low, high = np.percentile(figures, [2.5, 97.5])
    return Interval(float(low), float(high))


def mcnemar(first_correct: npt.NDArray[np.bool_], second_correct: npt.NDArray[np.bool_]) -> McNemar:
    """The exact test (binomial, two-sided) of McNemar 1947 on rows in the same order; p is 1 where they never differ."""
    first, second = int((first_correct & ~second_correct).sum()), int((second_correct & ~first_correct).sum())
    differing, fewer = first + second, min(first, second)
    as_uneven = 2 * sum(comb(differing, each) for each in range(fewer + 1))
    return McNemar(first, second, min(1.0, float(Fraction(as_uneven, 2**differing))))
