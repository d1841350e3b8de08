"""The result of one training run; everything in the registry and the report is computed from it."""

from dataclasses import dataclass
from pathlib import Path

from sentistream.mcnemar import McNemar
from trainer.data.dataset import Dataset
from trainer.evaluation import metrics
from trainer.evaluation.metrics import Evaluation
from trainer.evaluation.predictions import Predictions
from trainer.grid.outcomes import Outcome, Scored


@dataclass(frozen=True)
class Contest:
    """The winner and the champion on the same promotion rows, which neither has learnt from."""

    champion: int
    """Its version."""
    champion_macro_f1: float
    winner_macro_f1: float
    rows: int
    mcnemar: McNemar
    """First: the winner."""

    @property
    def won(self) -> bool:
        """Whether the winner is better."""
        return self.winner_macro_f1 > self.champion_macro_f1


@dataclass(frozen=True)
class TrainingRun:
    """A finished run over a grid."""

    data: Dataset
    grid: str
    seed: int
    command: str
    """What reproduces it."""
    outcomes: list[Outcome]
    """Of every cell in the grid's order, crashed ones too."""
    left_out: list[str]
    """Cells that can't learn these classes."""
    scored: list[Scored]
    """The trained cells, by their validation rows."""
    winner: Scored
    model: Path
    """The winner's saved pipeline."""
    test: Predictions
    """The winner on the test rows, used once, after it was chosen."""
    reference: Predictions | None
    """The published recipe on the test rows, where the grid has it."""
    contest: Contest | None
    """None where there was no champion, or one of other classes."""

    @property
    def evaluation(self) -> Evaluation:
        """The winner's on the test rows."""
        return metrics.of(self.test)
