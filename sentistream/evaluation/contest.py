"""The rule of promotion: champion against challenger on held-out rows that neither has trained on."""

from dataclasses import dataclass

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.evaluation import metrics
from sentistream.evaluation.predictions import Predictions
from sentistream.evaluation.significance import mcnemar
from sentistream.mcnemar import McNemar


@dataclass(frozen=True)
class Contest:
    """A challenger (a run's winner) and the champion on the same promotion rows, by the classes that both know."""

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


def contest(challenger: Predictions, band: NeutralBand, held: Predictions, champion: ModelVersion) -> Contest:
    """Set a challenger's predictions on the promotion rows against the champion's, by the classes that both know.

    Args:
        challenger: what it says of the rows.
        band: the challenger's.
        held: what the champion says of the same rows.
        champion: its version.

    Raises:
        UserError: no row is of the classes that both know.
    """
    shared = min(challenger.labels, champion.labels, key=lambda labels: len(labels.names))
    ours, theirs = challenger.among(shared), held.among(shared)
    if not len(ours.truth):
        raise UserError(f"The promotion rows hold none of {shared}, so that nothing can be compared.")
    return Contest(
        champion.version,
        metrics.of(theirs).macro_f1,
        metrics.of(ours).macro_f1,
        len(ours.truth),
        mcnemar(ours.correct, theirs.correct),
        challenger.labels,
        champion.labels,
        _decided(challenger, band, shared),
        _decided(held, champion.band, shared),
        champion_is_fair=champion.kept_the_holdout,
    )


def why_not(challenger: ModelVersion, champion: ModelVersion, found: Contest) -> str | None:
    """Why a challenger does not take the champion's place, to go on after its name; None where it won."""
    if not found.has_same_classes:
        return f"knows the classes {challenger.labels}, champion {champion.version} {champion.labels}"
    if not challenger.kept_the_holdout:
        return "does not say on which rows it was trained (by a tag split), so that it may have learnt these"
    return None if found.is_better else f"is not better than champion {champion.version}"


def _decided(predictions: Predictions, band: NeutralBand, shared: LabelMap) -> float:
    """Share of the rows of the shared classes."""
    return float(predictions.decided(band, shared)[predictions.truth < len(shared.names)].mean())
