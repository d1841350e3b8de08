import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, LabelMap
from sentistream.evaluation.predictions import Predictions
from trainer.evaluation.calibration import calibration


def predictions(probability: list[float], truth: list[int]) -> Predictions:
    positive = np.array(probability)
    return Predictions(
        LabelMap(POLAR), np.arange(len(truth)), np.array(truth), np.column_stack([1 - positive, positive])
    )


def test_a_coin_has_a_quarter() -> None:
    assert calibration(predictions([0.5] * 4, [0, 1, 0, 1])).brier == pytest.approx(0.25)


def test_probabilities_that_come_true_have_no_error() -> None:
    measured = calibration(predictions([0.25] * 4 + [1.0] * 3, [1, 0, 0, 0, 1, 1, 1]))
    assert measured.expected_error == pytest.approx(0)
    assert [(each.low, each.rows) for each in measured.bins] == [(0.2, 4), (0.9, 3)]


def test_certainty_that_is_wrong_has_the_greatest_error() -> None:
    measured = calibration(predictions([1.0, 0.0], [0, 1]))
    assert (measured.brier, measured.expected_error) == (1.0, 1.0)
