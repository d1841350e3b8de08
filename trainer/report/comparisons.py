"""The winner against another model on the same rows."""

from dataclasses import dataclass

import numpy as np

from sentistream.evaluation import metrics
from sentistream.evaluation.contest import Contest
from sentistream.evaluation.predictions import Predictions
from sentistream.evaluation.significance import mcnemar
from sentistream.mcnemar import McNemar
from trainer.report.proportions import paired

SIGNIFICANT = 0.05
"""The p-value from which on a difference may be chance, at the level of the 95 % intervals beside it."""


@dataclass(frozen=True)
class Comparison:
    """Two models on the same rows; the winner of this run is the first."""

    other: str
    rows: int
    macro_f1: float
    other_macro_f1: float
    mcnemar: McNemar

    @property
    def accuracy_gain(self) -> float:
        """Accuracy of the winner less the other's."""
        return (self.mcnemar.only_first - self.mcnemar.only_second) / self.rows

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, of the gain."""
        return paired(self.mcnemar.only_first, self.mcnemar.only_second, self.rows)

    @property
    def verdict(self) -> str:
        """What the figures say: a difference that test or interval allow to be chance is none."""
        low, high = self.interval
        if self.mcnemar.p_value >= SIGNIFICANT or low <= 0 <= high:
            return f"These rows do not tell the winner from {self.other} by accuracy."
        return f"The winner is {'more' if low > 0 else 'less'} often right than {self.other}."


def with_reference(test: Predictions, reference: Predictions) -> Comparison | None:
    """Against the published recipe on the test rows; None where the two were not given the same rows."""
    if not np.array_equal(test.rows, reference.rows):
        return None
    return Comparison(
        "the published recipe",
        len(test.rows),
        metrics.of(test).macro_f1,
        metrics.of(reference).macro_f1,
        mcnemar(test.correct, reference.correct),
    )


def with_champion(contest: Contest) -> Comparison:
    """Against the champion on the promotion rows."""
    return Comparison(
        f"champion, version {contest.champion}",
        contest.rows,
        contest.winner_macro_f1,
        contest.champion_macro_f1,
        contest.mcnemar,
    )
