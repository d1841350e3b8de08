"""Registers a run's winner with the tags that serving needs; no alias is moved here."""

import hashlib
import tempfile
from pathlib import Path

import mlflow
import orjson

from sentistream.contracts import split
from sentistream.contracts.labels import NeutralBand
from sentistream.contracts.split import Part
from sentistream.evaluation import deciding, significance
from sentistream.scoring import registry, registry_connection
from trainer.evaluation.calibration import calibration
from trainer.grid.trained import Trained
from trainer.run import TrainingRun
from trainer.selection import profiling, sealing, tracking
from trainer.settings import TrainerSettings


def register(settings: TrainerSettings, run: TrainingRun, model: Trained) -> int:
    """Log the outcome to the active MLflow run and register the winner; its version."""
    test = run.evaluation
    mlflow.log_param("winner", run.winner.outcome.cell)
    mlflow.log_metrics(tracking.metrics("validation", run.winner.validation) | tracking.metrics("test", test))
    mlflow.log_metric("test_brier", calibration(run.test).brier)
    mlflow.log_dict(test.as_dict(), "test.json")
    band = NeutralBand(settings.neutral_low, settings.neutral_high)
    profile = profiling.of(run.data, run.test, band)
    version = tracking.log_model(settings, model, run.data.labels, profile)
    client = registry_connection.client(settings)
    for name, value in (_tags(settings, run) | _kept_predictions(run)).items():
        client.set_model_version_tag(settings.model_name, str(version), name, value)
    sealing.seal(settings, version)
    return version


def _tags(settings: TrainerSettings, run: TrainingRun) -> dict[str, str]:
    test = run.evaluation
    band = NeutralBand(settings.neutral_low, settings.neutral_high)
    return {
        registry.FLAVOUR_TAG: run.winner.outcome.flavour,
        registry.LABELS_TAG: str(run.data.labels),
        registry.BAND_LOW_TAG: str(band.low),
        registry.BAND_HIGH_TAG: str(band.high),
        registry.DATA_TAG: orjson.dumps(run.data.audit.files).decode(),
        registry.SPLIT_TAG: split.NAME + (f" by {run.data.split_by}" if run.data.split_by != "text" else ""),
        "seed": str(run.seed),
        "cell": run.winner.outcome.cell,
        registry.SPEED_TAG: f"{run.winner.outcome.tweets_per_second:.0f}",
        **run.winner.outcome.tags,
        "test_rows": str(test.rows),
        "test_accuracy": f"{test.accuracy:.4f}",
        "test_macro_f1": f"{test.macro_f1:.4f}",
        "test_accuracy_interval": str(significance.bootstrap(test, lambda each: each.accuracy, run.seed)),
    }


def _kept_predictions(run: TrainingRun) -> dict[str, str]:
    """Log what winner and champion say of the promotion rows, for contests to come; the tags that name it."""
    if not run.deciding:
        return {}
    hashes = {}
    with tempfile.TemporaryDirectory() as scratch:
        for version, predictions in run.deciding.items():
            file = Path(scratch) / deciding.file_of(version)
            predictions.save(file)
            hashes[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
            mlflow.log_artifact(str(file), deciding.FOLDER)
    rows = deciding.digest(run.data.table(Part.PROMOTION))
    return {deciding.ROWS_TAG: rows, deciding.FILES_TAG: orjson.dumps(hashes).decode()}
