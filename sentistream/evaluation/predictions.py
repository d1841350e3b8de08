"""Predictions on held-out rows: stored, so that every published figure can be computed from them again."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from sentistream.contracts.labels import NEUTRAL, POSITIVE_INDEX, LabelMap, NeutralBand

Classes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Predictions:
    """What a model says of labelled rows, in the order of their numbers."""

    labels: LabelMap
    rows: npt.NDArray[np.int64]
    """Each row's number within its data set."""
    truth: Classes
    probabilities: Floats
    """[rows, classes]."""
    skipped: int = 0
    """Rows that the model has no class for: neutral ones for a two-class model."""

    @property
    def predicted(self) -> Classes:
        """The most probable class; of equals the first, as MLlib does it."""
        return np.asarray(self.probabilities.argmax(axis=1), np.int64)

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Where prediction and truth agree."""
        return np.asarray(self.predicted == self.truth, np.bool_)

    def among(self, labels: LabelMap) -> "Predictions":
        """The same by fewer classes: the rows that are truly of these, and their probabilities, which no longer add up to 1."""
        kept, classes = self.truth < len(labels.names), len(labels.names)
        left_out = self.skipped + int((~kept).sum())
        return Predictions(labels, self.rows[kept], self.truth[kept], self.probabilities[kept][:, :classes], left_out)

    def decided(self, band: NeutralBand, labels: LabelMap | None = None) -> npt.NDArray[np.bool_]:
        """Where the lake's sentiment is one of the classes, its own where no other are given: not the neutral of a band, or of a class."""
        if self.labels.has_neutral:
            is_neutral = self.predicted == self.labels.index(NEUTRAL)
            return np.asarray(~is_neutral | (labels or self.labels).has_neutral, np.bool_)
        positive = self.probabilities[:, POSITIVE_INDEX]
        return np.asarray((positive >= band.high) | (positive <= band.low), np.bool_)

    def save(self, file: Path) -> None:
        """Write as Parquet: row, truth and a column of probabilities for each class; no text."""
        columns = {"row": pa.array(self.rows), "truth": pa.array(self.truth)}
        columns |= {f"p_{name}": pa.array(self.probabilities[:, at]) for at, name in enumerate(self.labels.names)}
        table = pa.table(columns)
        pq.write_table(table.replace_schema_metadata({"skipped": str(self.skipped)}), file)

    @classmethod
    def read(cls, file: Path) -> "Predictions":
        """Read what `save` wrote."""
        table = pq.read_table(file)
        names = tuple(name.removeprefix("p_") for name in table.column_names[2:])
        probabilities = np.column_stack([table[f"p_{name}"].to_numpy() for name in names])
        skipped = int(table.schema.metadata[b"skipped"])
        return cls(LabelMap(names), table["row"].to_numpy(), table["truth"].to_numpy(), probabilities, skipped)
