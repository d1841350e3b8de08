import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap
from sentistream.evaluation.predictions import Predictions
from trainer.grid.outcomes import Outcome
from trainer.report import families

TRUTH = np.arange(400) % 2


def said(wrong: int, labels: tuple[str, ...] = POLAR) -> Predictions:
    """Wrong on the first so many rows."""
    says = np.where(np.arange(400) < wrong, 1 - TRUTH, TRUTH)
    return Predictions(LabelMap(labels), np.arange(400), TRUTH, np.eye(len(labels))[says])


def outcome(cell: str) -> Outcome:
    return Outcome(cell, feature_seconds=2.0, fit_seconds=3.0, model_bytes=2_000_000, tweets_per_second=500.0)


def test_the_best_stands_first_with_its_figures_against_the_champion() -> None:
    found = families.compared([(outcome("poor"), said(100)), (outcome("good"), said(40))], said(60), seed=7)
    assert [each.outcome.cell for each in found] == ["good", "poor"]
    good, poor = (each.as_dict() for each in found)
    assert good["accuracy"] == pytest.approx(0.9)
    assert good["accuracy_interval"][0] < 0.9 < good["accuracy_interval"][1]
    assert (good["only_it_is_right"], good["only_the_champion_is_right"]) == (20, 0)
    assert good["mcnemar_p"] < 1e-5
    assert (poor["only_it_is_right"], poor["only_the_champion_is_right"]) == (0, 40)
    assert (good["tweets_per_second"], good["bytes"], good["training_seconds"]) == (500.0, 2_000_000, 5.0)


@pytest.mark.parametrize("champion", [None, said(10, WITH_NEUTRAL)], ids=["none", "of other classes"])
def test_without_a_champion_of_the_same_classes_nothing_is_compared(champion: Predictions | None) -> None:
    (found,) = families.compared([(outcome("good"), said(40))], champion, seed=7)
    assert found.against is None
    assert found.as_dict()["mcnemar_p"] is None
    families.table([found], "no champion")
