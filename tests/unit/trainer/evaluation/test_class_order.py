"""Exchanged classes are found by labelled rows, whatever the language."""

from itertools import permutations

import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap
from sentistream.errors import UserError
from sentistream.evaluation.predictions import Predictions
from trainer.evaluation.class_order import require_own_order


def predictions(names: tuple[str, ...], order: tuple[int, ...], rows: int = 300, right: float = 0.6) -> Predictions:
    """Of a model that is right on a share of the rows, were its columns in this order."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, len(names), rows)
    said = np.where(rng.random(rows) < right, truth, rng.integers(0, len(names), rows))
    probabilities = np.full((rows, len(names)), 0.1)
    probabilities[np.arange(rows), said] = 0.8
    return Predictions(LabelMap(names), np.arange(rows), truth, probabilities[:, list(order)])


@pytest.mark.parametrize("names", [POLAR, WITH_NEUTRAL])
def test_any_other_order_of_the_classes_is_refused(names: tuple[str, ...]) -> None:
    own, *others = permutations(range(len(names)))
    require_own_order(predictions(names, own), "model")
    for order in others:
        with pytest.raises(UserError, match="has its classes in another order than its label map"):
            require_own_order(predictions(names, order), "model")


def test_a_weak_model_and_a_handful_of_rows_are_not_refused_by_chance() -> None:
    for rows in (1, 2, 5, 20):
        require_own_order(predictions(WITH_NEUTRAL, (0, 1, 2), rows, right=0.1), "model")


def test_one_that_says_the_same_of_all_rows_is_refused() -> None:
    constant = Predictions(LabelMap(POLAR), np.arange(50), np.arange(50) % 2, np.full((50, 2), 0.5))
    with pytest.raises(UserError, match="gives the same probabilities for all of 50 labelled rows"):
        require_own_order(constant, "model")
