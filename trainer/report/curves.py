"""ROC and precision–recall curves of a score for one class against the rest."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
POINTS = 240
"""Kept of a curve: more can't be told apart at the size that it is drawn in."""


@dataclass(frozen=True)
class Curve:
    """A thinned curve, and the area below the whole one."""

    x: Floats
    y: Floats
    area: float


def roc(score: Floats, positive: Mask) -> Curve | None:
    """True-positive rate (y) over false-positive rate (x); None where a side has no row.

    The area is the rank statistic of Mann and Whitney: the share of pairs that the score puts in order, ties half.
    """
    if positive.all() or not positive.any():
        return None
    hits, false = _steps(score, positive)
    x, y = np.append(0.0, false / false[-1]), np.append(0.0, hits / hits[-1])
    kept = _thinned(x + y)
    return Curve(x[kept], y[kept], float(np.trapezoid(y, x)))


def precision_recall(score: Floats, positive: Mask) -> Curve | None:
    """Precision (y) over recall (x); None where the class has no row.

    The area is the average precision: each threshold's precision, weighted by the recall that it adds.
    """
    if not positive.any():
        return None
    hits, false = _steps(score, positive)
    recall, precision = hits / hits[-1], hits / (hits + false)
    kept = _thinned(recall)
    return Curve(recall[kept], precision[kept], float(np.sum(np.diff(recall, prepend=0.0) * precision)))


def _steps(score: Floats, positive: Mask) -> tuple[Floats, Floats]:
    """Right and false alarms at each distinct threshold, from the highest down; equal scores are one step."""
    order = np.argsort(-score, kind="stable")
    last = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    hits = np.cumsum(positive[order])[last].astype(np.float64)
    return hits, last + 1 - hits


def _thinned(along: Floats) -> npt.NDArray[np.int64]:
    """Indices of points at even distances of a measure that never falls, the first and the last among them."""
    wanted = np.searchsorted(along, np.linspace(along[0], along[-1], POINTS))
    return np.unique(np.concatenate([[0], wanted, [len(along) - 1]]))
