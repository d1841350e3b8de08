"""The grid as rows of a table, the best first."""

from dataclasses import dataclass

from sentistream.evaluation.metrics import Evaluation
from sentistream.evaluation.significance import Interval, bootstrap
from trainer.grid.cells import PUBLISHED
from trainer.grid.outcomes import Outcome
from trainer.run import TrainingRun
from trainer.selection.choice import TIE


@dataclass(frozen=True)
class CellRow:
    """A trained cell on the validation rows."""

    outcome: Outcome
    validation: Evaluation
    interval: Interval
    """95 % bootstrap interval of macro-F1."""
    is_winner: bool

    @property
    def classifier(self) -> str:
        """With its hyper-parameters."""
        return self.outcome.cell.partition("/")[0]

    @property
    def kind(self) -> str:
        """The classifier alone."""
        return self.classifier.partition("(")[0]

    @property
    def features(self) -> str:
        """The name of its feature set."""
        return self.outcome.cell.partition("/")[2]

    @property
    def is_reference(self) -> bool:
        """Whether it is the published recipe."""
        return self.outcome.cell == PUBLISHED.name


def ranked(run: TrainingRun) -> list[CellRow]:
    """The trained cells in the order of the selection rule: macro-F1 to three decimals, then scoring speed."""
    rows = [
        CellRow(
            each.outcome,
            each.validation,
            bootstrap(each.validation, lambda drawn: drawn.macro_f1, run.seed),
            each.outcome.cell == run.winner.outcome.cell,
        )
        for each in run.scored
    ]
    return sorted(rows, key=lambda row: (-round(row.validation.macro_f1, TIE), -row.outcome.tweets_per_second))
