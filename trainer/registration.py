"""Logs a trained model with its metrics to MLflow, registers it and, if it won, makes it the champion."""

import contextlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import mlflow
import orjson
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from sentistream import registry
from sentistream.labels import NeutralBand
from trainer.data import Dataset
from trainer.evaluation import Evaluation
from trainer.selection import Candidate
from trainer.settings import TrainerSettings

EXPERIMENT = "sentistream"


@dataclass(frozen=True)
class Run:
    """What one training run came to."""

    data: Dataset
    grid: str
    candidates: list[Candidate]
    winner: Candidate
    test: Evaluation


def register(settings: TrainerSettings, run: Run) -> int:
    """Log the run and register its winner with the tags that serving needs; its version. No alias is moved."""
    client = registry.client(settings)
    _ensure_experiment(settings, client)
    with mlflow.start_run(run_name=run.winner.cell.name):
        mlflow.log_params({"cell": run.winner.cell.name, "grid": run.grid, "seed": settings.seed})
        mlflow.log_metrics(_metrics("validation", run.winner.validation) | _metrics("test", run.test))
        mlflow.log_dict(_table(run), "grid.json")
        mlflow.log_dict(run.test.as_dict(), "test.json")
        # MLflow announces on standard error what we report ourselves.
        with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stderr(io.StringIO()):
            info = mlflow.spark.log_model(
                run.winner.pipeline,
                "model",
                registered_model_name=settings.model_name,
                pip_requirements=["pyspark==4.2.0"],
                dfs_tmpdir=str(Path(scratch) / "model"),
                await_registration_for=None,
            )
    version = int(info.registered_model_version)
    band = NeutralBand(settings.neutral_low, settings.neutral_high)
    tags = {
        registry.LABELS_TAG: str(run.data.labels),
        registry.BAND_LOW_TAG: str(band.low),
        registry.BAND_HIGH_TAG: str(band.high),
        "data_sha256": orjson.dumps(run.data.audit.files).decode(),
        "split": "sentistream/split/1",
        "seed": str(settings.seed),
        "cell": run.winner.cell.name,
        "test_rows": str(run.test.rows),
        "test_accuracy": f"{run.test.accuracy:.4f}",
        "test_macro_f1": f"{run.test.macro_f1:.4f}",
    }
    for name, value in tags.items():
        client.set_model_version_tag(settings.model_name, str(version), name, value)
    return version


def promote(settings: TrainerSettings, version: int) -> None:
    """Move the alias to a version; the one it named before becomes `previous`."""
    client = registry.client(settings)
    try:
        before = client.get_model_version_by_alias(settings.model_name, settings.model_alias)
        client.set_registered_model_alias(settings.model_name, registry.PREVIOUS, before.version)
    except MlflowException as none_yet:
        if none_yet.error_code not in registry.NOT_THERE:
            raise
    client.set_registered_model_alias(settings.model_name, settings.model_alias, str(version))


def _ensure_experiment(settings: TrainerSettings, client: MlflowClient) -> None:
    local = settings.mlflow_tracking_uri.startswith("sqlite:")
    if client.get_experiment_by_name(EXPERIMENT) is None:
        location = Path(settings.mlflow_artifacts).as_uri() if local else None
        client.create_experiment(EXPERIMENT, artifact_location=location)
    mlflow.set_experiment(EXPERIMENT)


def _metrics(part: str, evaluation: Evaluation) -> dict[str, float]:
    return {
        f"{part}_accuracy": evaluation.accuracy,
        f"{part}_macro_f1": evaluation.macro_f1,
        f"{part}_rows": evaluation.rows,
    }


def _table(run: Run) -> dict[str, object]:
    cells = [
        {
            "cell": each.cell.name,
            "fit_seconds": round(each.fit_seconds, 3),
            **_metrics("validation", each.validation),
        }
        for each in run.candidates
    ]
    return {"cells": cells, "winner": run.winner.cell.name, "audit": run.data.audit.as_dict()}
