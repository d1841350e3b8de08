"""What `trainer evaluate` says of a version: its figures, the rows that they are of, and the rows that don't count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Group, RenderableType
from rich.table import Column, Table

from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import HOLDOUT, NAME
from sentistream.evaluation import metrics
from sentistream.evaluation.metrics import Evaluation
from sentistream.evaluation.predictions import Predictions
from sentistream.terminal import plain
from trainer.evaluation.calibration import calibration
from trainer.evaluation.seen import Seen, seen


@dataclass(frozen=True)
class DataFile:
    """A labelled file."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Figures:
    """Of one group of rows."""

    evaluation: Evaluation
    decided: float
    """Share of the rows to which the lake's sentiment is a class of the model: the rest is in a two-class model's neutral band."""
    decided_accuracy: float
    """Of these."""
    brier: float
    expected_error: float

    @classmethod
    def of(cls, predictions: Predictions, version: ModelVersion) -> "Figures":
        """Measure what a version says."""
        decided, measured = predictions.decided(version.band), calibration(predictions)
        return cls(
            metrics.of(predictions),
            float(decided.mean()),
            float(predictions.correct[decided].mean()) if decided.any() else 0.0,
            measured.brier,
            measured.expected_error,
        )

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            **self.evaluation.as_dict(),
            "decided": self.decided,
            "accuracy_of_decided": self.decided_accuracy,
            "brier": self.brier,
            "expected_calibration_error": self.expected_error,
        }


NOT_MEASURED = dict.fromkeys(("accuracy", "f1", "macro_recall"), None)


@dataclass(frozen=True)
class Answer:
    """About one version and some files."""

    version: ModelVersion
    files: list[DataFile]
    unseen: Figures | None
    """Of the rows that the version has never seen; None where there is none."""
    unknown: Figures | None
    """Of the rows of which that can't be known."""
    trained: int
    """Rows that it was trained on or chosen by, or may have been: left out."""
    said_unseen: bool

    @property
    def measured_on(self) -> str:
        """Which rows the figures are of."""
        if self.said_unseen:
            return "rows that are said to be unseen (--unseen)"
        return f"rows of the holdout ({NAME}: {' and '.join(HOLDOUT)}), never trained on"

    def as_dict(self) -> dict[str, Any]:
        """What `trainer evaluate --json` prints; the figures at the top are of rows that the version has never seen."""
        figures = self.unseen.as_dict() if self.unseen else {"rows": 0, **NOT_MEASURED}
        return {
            "model": self.version.uri,
            "classes": list(self.version.labels.names),
            "data": [{"file": each.name, "sha256": each.sha256, "rows": each.rows} for each in self.files],
            "measured_on": self.measured_on,
            "rows_trained_on": self.trained,
            **figures,
            "unknown": None if self.unknown is None else self.unknown.as_dict(),
        }

    def shown(self) -> RenderableType:
        """For people."""
        groups = ((self.measured_on, self.unseen), ("rows of which that is unknown", self.unknown))
        with_band = not self.version.labels.has_neutral
        table = Table(
            Column("measured on", overflow="fold"),
            *("rows", "accuracy", "macro-F1", "macro-recall"),
            *(("decided", "accuracy of these") if with_band else ()),
            title=f"{self.version.title}: {self.version.labels}",
        )
        for name, figures in groups:
            if figures is not None:
                table.add_row(name, *_cells(figures, with_band))
        parts: list[RenderableType] = [table]
        main = self.unseen or self.unknown
        if main is not None:
            parts.append(_confusion(main.evaluation.ordered, self.measured_on if self.unseen else groups[1][0]))
        parts += [plain(sentence) for sentence in self.notes()]
        return Group(*parts)

    def notes(self) -> list[str]:
        """What was left out and why, and the files by their hashes."""
        said = []
        if self.trained:
            said.append(f"Left out: {self.trained:,} rows that {self.version.title} was trained on or chosen by.")
        skipped = sum(each.evaluation.skipped for each in (self.unseen, self.unknown) if each)
        if skipped:
            said.append(f"Left out: {skipped:,} neutral rows, for which it has no class.")
        if self.unknown is not None:
            said.append(
                f"Unknown: whether {self.version.title} was trained on {self.unknown.evaluation.rows:,} rows; their figures prove nothing. "
                "Where the files share no row with its data, --unseen says so."
            )
        return said + [f"Data: {each.name}, {each.rows:,} labelled rows, sha256 {each.sha256}" for each in self.files]


def answer(
    version: ModelVersion,
    predict: Callable[[pa.Table], Predictions],
    rows: pa.Table,
    files: Sequence[tuple[str, str]],
    *,
    said_unseen: bool = False,
) -> Answer:
    """Measure a version.

    Args:
        version: what is measured.
        predict: what it says of rows.
        rows: as `trainer.data.rows` reads them.
        files: each name with its sha256.
        said_unseen: the user's word that the files share no row with its data.
    """
    judged = seen(rows, version, [sha256 for _, sha256 in files], said_unseen=said_unseen)

    def figures(kind: Seen) -> Figures | None:
        mine = rows.filter(pc.equal(judged, str(kind)))
        predictions = predict(mine) if mine.num_rows else None
        return Figures.of(predictions, version) if predictions is not None and len(predictions.truth) else None

    counts = np.bincount(rows["file"].to_numpy(), minlength=len(files))
    return Answer(
        version,
        [DataFile(name, sha256, int(number)) for (name, sha256), number in zip(files, counts, strict=True)],
        figures(Seen.NEVER),
        figures(Seen.UNKNOWN),
        int(pc.sum(pc.equal(judged, str(Seen.TRAINED))).as_py()),
        said_unseen,
    )


def _cells(figures: Figures, with_band: bool) -> list[str]:
    each = figures.evaluation
    cells = [f"{each.rows:,}", *(f"{value:.4f}" for value in (each.accuracy, each.macro_f1, each.macro_recall))]
    return [*cells, f"{figures.decided:.1%}", f"{figures.decided_accuracy:.4f}"] if with_band else cells


def _confusion(evaluation: Evaluation, rows: str) -> Table:
    said = (f"said {name}" for name in evaluation.labels)
    table = Table("label", *said, "precision", "recall", "F1", title=f"by class, {evaluation.rows:,} {rows}")
    for at, name in enumerate(evaluation.labels):
        figures = (evaluation.precision[at], evaluation.recall[at], evaluation.f1[at])
        table.add_row(name, *(f"{count:,}" for count in evaluation.confusion[at]), *(f"{each:.4f}" for each in figures))
    return table
