"""Kinds of models beside each other on the same test rows: how good, how sure that is, how fast, how large, and what they cost to train."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from sentistream.evaluation import metrics
from sentistream.evaluation.metrics import Evaluation
from sentistream.evaluation.predictions import Predictions
from sentistream.evaluation.significance import Interval, bootstrap, mcnemar
from sentistream.mcnemar import McNemar
from sentistream.terminal import plain
from trainer.grid.outcomes import Outcome

HEADINGS = ("model", "accuracy", "95 %", "macro-F1", "95 %", "only it is right", "only the champion", "McNemar's p")
COSTS = ("tweets/s", "MB", "training s")


@dataclass(frozen=True)
class Family:
    """One model on the test rows."""

    outcome: Outcome
    test: Evaluation
    accuracy_interval: Interval
    macro_f1_interval: Interval
    against: McNemar | None
    """The champion on the same rows, as the second; None where there is none of the same classes."""

    @property
    def seconds(self) -> float:
        """To train it, its features too."""
        return self.outcome.feature_seconds + self.outcome.fit_seconds

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        against = self.against
        return {
            "cell": self.outcome.cell,
            "rows": self.test.rows,
            "accuracy": self.test.accuracy,
            "accuracy_interval": [self.accuracy_interval.low, self.accuracy_interval.high],
            "macro_f1": self.test.macro_f1,
            "macro_f1_interval": [self.macro_f1_interval.low, self.macro_f1_interval.high],
            "macro_recall": self.test.macro_recall,
            "only_it_is_right": against and against.only_first,
            "only_the_champion_is_right": against and against.only_second,
            "mcnemar_p": against and against.p_value,
            "tweets_per_second": self.outcome.tweets_per_second,
            "bytes": self.outcome.model_bytes,
            "training_seconds": self.seconds,
        }


def compared(outcomes: Sequence[tuple[Outcome, Predictions]], champion: Predictions | None, seed: int) -> list[Family]:
    """Measure models on the test rows, the best first.

    Args:
        outcomes: each model with what it says of these rows.
        champion: what the champion says of the same.
        seed: of the intervals.
    """
    found = [_family(outcome, said, champion, seed) for outcome, said in outcomes]
    return sorted(found, key=lambda each: -each.test.macro_f1)


def _family(outcome: Outcome, said: Predictions, champion: Predictions | None, seed: int) -> Family:
    test = metrics.of(said)
    comparable = champion is not None and champion.labels == said.labels
    return Family(
        outcome,
        test,
        bootstrap(test, lambda drawn: drawn.accuracy, seed),
        bootstrap(test, lambda drawn: drawn.macro_f1, seed),
        mcnemar(said.correct, champion.correct) if comparable and champion is not None else None,
    )


def table(families: Sequence[Family], champion: str) -> Table:
    """For people."""
    rows = families[0].test.rows if families else 0
    shown = Table(*HEADINGS, *COSTS, title=f"{rows:,} test rows, each model once; against {champion}")
    for each in families:
        against = each.against
        shown.add_row(
            plain(each.outcome.cell),
            f"{each.test.accuracy:.4f}",
            str(each.accuracy_interval),
            f"{each.test.macro_f1:.4f}",
            str(each.macro_f1_interval),
            *(
                (f"{against.only_first:,}", f"{against.only_second:,}", f"{against.p_value:.2g}")
                if against
                else ("–",) * 3
            ),
            f"{each.outcome.tweets_per_second:,.0f}",
            f"{each.outcome.model_bytes / 1e6:.1f}",
            f"{each.seconds:,.0f}",
        )
    return shown
