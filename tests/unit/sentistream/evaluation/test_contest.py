"""A contest of two models, by the classes that both know."""

import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import NAME
from sentistream.evaluation import contest as contests
from sentistream.evaluation.contest import Contest
from sentistream.evaluation.predictions import Predictions

# P(negative), P(positive), P(neutral): neutral on the second and the fourth, of which it leans to the right class once.
THREE = np.array([[0.8, 0.1, 0.1], [0.3, 0.1, 0.6], [0.1, 0.8, 0.1], [0.3, 0.2, 0.5], [0.1, 0.1, 0.8]])
# The first within the band.
TWO = np.array([[0.55, 0.45], [0.9, 0.1], [0.2, 0.8], [0.1, 0.9]])


def of_three() -> Predictions:
    return Predictions(LabelMap(WITH_NEUTRAL), np.arange(5), np.array([0, 0, 1, 1, 2]), THREE)


def of_two() -> Predictions:
    return Predictions(LabelMap(POLAR), np.arange(4), np.array([0, 0, 1, 1]), TWO, skipped=1)


def contest(challenger: Predictions, champion: Predictions, split: str = NAME) -> Contest:
    version = ModelVersion("m", 3, champion.labels, NeutralBand(), "run", split=split)
    return contests.contest(challenger, NeutralBand(), champion, version)


def test_two_classes_against_three_are_compared_on_the_same_rows_and_never_exchanged_unasked() -> None:
    found = contest(of_two(), of_three())
    assert (found.rows, found.winner_macro_f1) == (4, 1.0)
    assert found.champion_macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert (found.mcnemar.only_first, found.mcnemar.only_second) == (1, 0)
    assert (found.winner_decided, found.champion_decided) == (0.75, 0.5)
    assert (found.is_better, found.has_same_classes, found.won) == (True, False, False)
    assert "by negative or positive alone, which both know" in str(found)
    other_way = contest(of_three(), of_two())
    assert (other_way.rows, other_way.champion_macro_f1, other_way.winner_macro_f1) == (
        4,
        found.winner_macro_f1,
        found.champion_macro_f1,
    )


def test_the_same_classes_are_compared_by_all_of_them() -> None:
    found = contest(of_three(), of_three())
    assert (found.rows, found.winner_decided, found.has_same_classes, found.won) == (5, 1.0, True, False)
    assert "unknown" not in str(found)


def test_a_champion_that_may_have_learnt_the_rows_is_said_to() -> None:
    assert "whether version 3 was trained on these rows is unknown" in str(contest(of_two(), of_two(), split=""))
