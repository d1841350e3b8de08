"""The outcome of each cell, written to a folder as soon as it is known, so that a killed run resumes."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from sentistream.contracts.model_version import SPARKML
from sentistream.evaluation import metrics
from sentistream.evaluation.metrics import Evaluation
from sentistream.evaluation.predictions import Predictions
from trainer.data.dataset import Dataset
from trainer.grid.cells import Candidate

HASHED_ROWS = 100_000
"""At a time, of what names a run's folder."""


@dataclass(frozen=True)
class Outcome:
    """One cell's result on the validation rows, or why it has none."""

    cell: str
    error: str | None = None
    feature_seconds: float = 0.0
    """What its feature set took; cells on the same one share the time."""
    fit_seconds: float = 0.0
    features: int = 0
    model_bytes: int = 0
    tweets_per_second: float = 0.0
    """Scored on one core where the model compiles, by Spark's transform on all where it does not."""
    compiled: bool = False
    flavour: str = SPARKML
    """How its model is stored."""
    tags: dict[str, str] = field(default_factory=dict)
    """What a version of it says of its origin: `encoder`, `encoder_license`, `precision`."""


@dataclass(frozen=True)
class Scored:
    """A cell that was trained, with what it says of the validation rows."""

    outcome: Outcome
    predictions: Predictions
    validation: Evaluation


class RunFolder:
    """`outcomes/` one JSON file a cell, `predictions/` Parquet, `models/` the saved pipelines that may still win."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("outcomes", "predictions", "models"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    @classmethod
    def of(cls, state: Path, data: Dataset, cells: Sequence[Candidate], seed: int) -> "RunFolder":
        """The folder of exactly this work; other data, or the same read otherwise, other cells, seed, split or code have another."""
        read = [sorted(data.audit.files.values()), str(data.labels), _rows(data), data.split_by]
        what = [read, [cell.name for cell in cells], seed, _code()]
        return cls(state / hashlib.sha256(orjson.dumps(what)).hexdigest()[:16])

    def model(self, cell: str) -> Path:
        """Where the cell's saved pipeline is, or would be."""
        return self._folder / "models" / _slug(cell)

    def work(self, cell: str) -> Path:
        """A folder in which the cell's training keeps where it stands."""
        return self._folder / "work" / _slug(cell)

    def keep(self, outcome: Outcome, predictions: Predictions | None = None) -> None:
        """Remember an outcome; it counts from the moment that its file is whole."""
        if predictions is not None:
            predictions.save(self.predictions_file(outcome.cell))
        file = self._folder / "outcomes" / f"{_slug(outcome.cell)}.json"
        part = file.with_suffix(".part")
        part.write_bytes(orjson.dumps(asdict(outcome)))
        part.rename(file)

    def outcome(self, cell: str) -> Outcome | None:
        """What is known of a cell; one that crashed is tried again."""
        file = self._folder / "outcomes" / f"{_slug(cell)}.json"
        if not file.exists():
            return None
        outcome = Outcome(**orjson.loads(file.read_bytes()))
        return None if outcome.error else outcome

    def scored(self, outcome: Outcome) -> Scored:
        """A trained cell with its predictions, read back."""
        predictions = Predictions.read(self.predictions_file(outcome.cell))
        return Scored(outcome, predictions, metrics.of(predictions))

    def predictions_file(self, cell: str) -> Path:
        """Where the cell's predictions on the validation rows are."""
        return self._folder / "predictions" / f"{_slug(cell)}.parquet"

    def forget_models_but(self, kept: set[str]) -> None:
        """Delete the saved pipelines that can no longer win: some ten megabytes each."""
        slugs = {_slug(cell) for cell in kept}
        for folder in (self._folder / "models").iterdir():
            if folder.name not in slugs:
                shutil.rmtree(folder)

    @property
    def run_id(self) -> str | None:
        """The MLflow run that this work is logged under."""
        file = self._folder / "mlflow_run"
        return file.read_text() if file.exists() else None

    def logged_under(self, run_id: str) -> None:
        """Remember the MLflow run."""
        (self._folder / "mlflow_run").write_text(run_id)

    def remove(self) -> None:
        """Delete everything: the run is registered."""
        shutil.rmtree(self._folder)


def _slug(cell: str) -> str:
    return hashlib.sha256(cell.encode()).hexdigest()[:16]


def _rows(data: Dataset) -> str:
    """What was read of the files, which are not all that decides it: `--labels`, columns, encoding and `--skip-bad` do, too."""
    digest = hashlib.sha256()
    for batch in data.rows.select(["text", "label", "part"]).combine_chunks().to_batches(max_chunksize=HASHED_ROWS):
        digest.update(batch.serialize())
    return digest.hexdigest()


def _code() -> str:
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
