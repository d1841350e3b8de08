"""The result of one training run; everything in the registry and the report is computed from it."""

from dataclasses import dataclass
from pathlib import Path

from sentistream.contracts.labels import LabelMap
from sentistream.mcnemar import McNemar
from trainer.data.dataset import Dataset
from trainer.evaluation import metrics
from trainer.evaluation.metrics import Evaluation
from trainer.evaluation.predictions import Predictions
from trainer.grid.outcomes import Outcome, Scored


@dataclass(frozen=True)
class Contest:
    """The winner and the champion on the same promotion rows, by the classes that both know."""

    champion: int
    """Its version."""
    champion_macro_f1: float
    winner_macro_f1: float
    rows: int
    mcnemar: McNemar
    """First: the winner."""
    winner_labels: LabelMap
    champion_labels: LabelMap
    winner_decided: float = 1.0
    """Share of the rows to which its sentiment is one of the shared classes: the rest is the neutral of a band or of a third class, and no error."""
    champion_decided: float = 1.0
    champion_is_fair: bool = True
    """Whether it is known that the champion was not trained on these rows; if it was, that is to its advantage."""

    @property
    def is_better(self) -> bool:
        """Whether the winner is."""
        return self.winner_macro_f1 > self.champion_macro_f1

    @property
    def has_same_classes(self) -> bool:
        """Whether both have the same label map, so that one can take the other's place in a running stream."""
        return self.winner_labels == self.champion_labels

    @property
    def won(self) -> bool:
        """Whether the winner takes the champion's place by itself."""
        return self.is_better and self.has_same_classes

    def __str__(self) -> str:
        split = self.mcnemar
        said = (
            f"on {self.rows:,} promotion rows: macro-F1 {self.winner_macro_f1:.4f}, version {self.champion} has "
            f"{self.champion_macro_f1:.4f}; only one of them is right on {split.only_first} and {split.only_second} rows "
            f"(McNemar's p {split.p_value:.3f})"
        )
        if not self.has_same_classes:
            shared = min(self.winner_labels.names, self.champion_labels.names, key=len)
            said += f"; by {' or '.join(shared)} alone, which both know, of which it decides {self.winner_decided:.1%} and version {self.champion} {self.champion_decided:.1%}"
        if not self.champion_is_fair:
            said += f"; whether version {self.champion} was trained on these rows is unknown"
        return said


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
    """None where there was no champion."""

    @property
    def evaluation(self) -> Evaluation:
        """The winner's on the test rows."""
        return metrics.of(self.test)
