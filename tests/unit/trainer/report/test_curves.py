import numpy as np
import pytest

from trainer.report import curves

RNG = np.random.default_rng(3)


def rank_statistic(score: np.ndarray, positive: np.ndarray) -> float:
    """The share of pairs in the right order, ties half."""
    pairs = score[positive][:, None] - score[~positive][None, :]
    return float(np.mean((pairs > 0) + (pairs == 0) / 2))


@pytest.mark.parametrize("digits", [1, 2, 12], ids=["many ties", "some ties", "no ties"])
def test_the_curves_area_equals_the_rank_statistic(digits: int) -> None:
    positive = RNG.random(800) < 0.3
    score = np.round(np.clip(RNG.normal(0.4 + 0.2 * positive, 0.2), 0, 1), digits)
    curve = curves.roc(score, positive)
    assert curve is not None
    assert curve.area == pytest.approx(rank_statistic(score, positive))


def test_the_average_precision_is_that_of_its_definition() -> None:
    curve = curves.precision_recall(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False]))
    assert curve is not None
    assert curve.area == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_a_thinned_curve_keeps_its_ends_and_its_area() -> None:
    positive = RNG.random(20_000) < 0.5
    curve = curves.roc(RNG.normal(positive, 1.0), positive)
    assert curve is not None
    assert len(curve.x) <= curves.POINTS + 2
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area, abs=1e-3)


def test_rows_of_one_class_have_no_roc_curve() -> None:
    score = np.array([0.1, 0.9])
    assert curves.roc(score, np.array([True, True])) is None
    assert curves.roc(score, np.array([False, False])) is None
    assert curves.precision_recall(score, np.array([False, False])) is None
