"""The result of one training run; everything in the registry and the report is computed from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentistream.evaluation import metrics
from sentistream.evaluation.contest import Contest
from sentistream.evaluation.metrics import Evaluation
from sentistream.evaluation.predictions import Predictions
from trainer.data.dataset import Dataset
from trainer.grid.outcomes import Outcome, Scored


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
    """The winner's saved model."""
    test: Predictions
    """The winner on the test rows, used once, after it was chosen."""
    reference: Predictions | None
    """The published recipe on the test rows, where the grid has it."""
    contest: Contest | None
    """None where there was no champion."""
    deciding: Mapping[int | None, Predictions] = field(default_factory=dict)
    """What is said of the promotion rows: by the winner (None), and by the champion (its version)."""

    @property
    def evaluation(self) -> Evaluation:
        """The winner's on the test rows."""
        return metrics.of(self.test)
