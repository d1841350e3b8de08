"""Calibration: whether P(positive) matches the share of positive rows, which the neutral band relies on."""

from dataclasses import dataclass

import numpy as np

from sentistream.contracts.labels import POSITIVE_INDEX
from sentistream.evaluation.predictions import Predictions

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Rows whose P(positive) lies between two bounds."""

    low: float
    high: float
    rows: int
    mean_probability: float
    positive_share: float


@dataclass(frozen=True)
class Calibration:
    """Of P(positive) against what the label says."""

    brier: float
    """Mean squared error of P(positive) (Brier 1950): 0 is perfect, 0.25 is a coin."""
    expected_error: float
    """Mean distance of a bin's mean probability and its share of positives, weighted by rows."""
    bins: tuple[Bin, ...]
    """The reliability curve; a bin without rows is left out."""


def calibration(predictions: Predictions) -> Calibration:
    """Measure the calibration of P(positive) in ten bins of equal width."""
    probability = predictions.probabilities[:, POSITIVE_INDEX]
    positive = (predictions.truth == POSITIVE_INDEX).astype(np.float64)
    number = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    bins = tuple(
        Bin(
            each / BINS,
            (each + 1) / BINS,
            int(mine.sum()),
            float(probability[mine].mean()),
            float(positive[mine].mean()),
        )
        for each in range(BINS)
        if (mine := number == each).any()
    )
    error = sum(each.rows * abs(each.mean_probability - each.positive_share) for each in bins) / max(len(positive), 1)
    return Calibration(float(np.mean((probability - positive) ** 2)), float(error), bins)
