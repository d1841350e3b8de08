"""Metrics recomputed from predictions: accuracy, macro-F1, the confusion matrix, precision and recall per class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentistream.contracts.labels import in_order
from sentistream.evaluation.predictions import Classes, Predictions


@dataclass(frozen=True)
class Evaluation:
    """A confusion matrix (rows: truth, columns: prediction) and what follows from it."""

    labels: tuple[str, ...]
    confusion: npt.NDArray[np.int64]
    skipped: int = 0
    """Rows that the model has no class for, such as neutral ones for a two-class model."""

    @property
    def rows(self) -> int:
        """Rows used."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of the rows on the diagonal."""
        return float(np.trace(self.confusion) / max(self.rows, 1))

    @property
    def precision(self) -> npt.NDArray[np.float64]:
        """Per class; 0 for a class that was never predicted."""
        return np.asarray(np.diag(self.confusion) / np.maximum(self.confusion.sum(axis=0), 1), np.float64)

    @property
    def recall(self) -> npt.NDArray[np.float64]:
        """Per class; 0 for a class without rows."""
        return np.asarray(np.diag(self.confusion) / np.maximum(self.confusion.sum(axis=1), 1), np.float64)

    @property
    def f1(self) -> npt.NDArray[np.float64]:
        """Per class, the harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return np.divide(2 * self.precision * self.recall, total, out=np.zeros_like(total), where=total > 0)

    @property
    def macro_f1(self) -> float:
        """Mean of the classes' F1."""
        return float(self.f1.mean())

    @property
    def macro_recall(self) -> float:
        """Mean of the classes' recall, the measure of SemEval 2017 task 4A."""
        return float(self.recall.mean())

    @property
    def ordered(self) -> "Evaluation":
        """The same with the classes in the order in which they are shown."""
        labels = in_order(self.labels)
        at = [self.labels.index(label) for label in labels]
        return Evaluation(tuple(labels), self.confusion[np.ix_(at, at)], self.skipped)

    def as_dict(self) -> dict[str, object]:
        """What `trainer evaluate --json` prints."""
        return {
            "rows": self.rows,
            "rows_skipped": self.skipped,
            "accuracy": self.accuracy,
            "f1": self.macro_f1,
            "macro_recall": self.macro_recall,
            "confusion": {
                truth: dict(zip(self.labels, map(int, row), strict=True))
                for truth, row in zip(self.labels, self.confusion, strict=True)
            },
            "per_class": {
                name: {"precision": float(p), "recall": float(r), "f1": float(f), "rows": int(n)}
                for name, p, r, f, n in zip(
                    self.labels, self.precision, self.recall, self.f1, self.confusion.sum(axis=1), strict=True
                )
            },
        }


def of(predictions: Predictions) -> Evaluation:
    """Evaluate stored predictions."""
    return evaluate(predictions.truth, predictions.predicted, predictions.labels.names, predictions.skipped)


def evaluate(truth: Classes, predicted: Classes, labels: Sequence[str], skipped: int = 0) -> Evaluation:
    """Count truth against prediction; both are class indices of equal length."""
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(confusion, (truth, predicted), 1)
    return Evaluation(tuple(labels), confusion, skipped)
