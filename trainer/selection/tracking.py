"""Logs a training run to MLflow: one parent run, a child for each cell with its metrics and stored predictions."""

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from sentistream import object_storage
from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.drift.profile import NAME, Profile
from sentistream.evaluation.metrics import Evaluation
from sentistream.scoring import registry_connection
from trainer.data.dataset import Dataset
from trainer.grid.outcomes import Outcome, RunFolder
from trainer.grid.trained import Trained
from trainer.selection import packaging
from trainer.settings import TrainerSettings

EXPERIMENT = "sentistream"
MODEL = "model"
"""The folder of a run in which its model lies."""
RESUMABLE = ("RUNNING", "FAILED", "KILLED")


@contextlib.contextmanager
def parent_run(settings: TrainerSettings, folder: RunFolder, grid: str, data: Dataset) -> Iterator[str]:
    """The MLflow run of this work, begun or gone on with; its id.

    Raises:
        UnreachableError: MLflow fails, also in what is done within; the same work goes on later.
    """
    client = registry_connection.client(settings)
    with registry_connection.answering(settings, registry_connection.OF_MLFLOW):
        _ensure_experiment(settings, client)
        with mlflow.start_run(run_id=_known(client, folder), run_name=f"grid {grid}") as run:
            if folder.run_id != run.info.run_id:
                folder.logged_under(run.info.run_id)
                mlflow.log_params(
                    {"grid": grid, "seed": settings.trainer_seed, "split": data.split_by, "rows": data.audit.kept}
                )
                mlflow.log_dict(data.audit.as_dict(), "audit.json")
            yield run.info.run_id


@contextlib.contextmanager
def single_run(settings: TrainerSettings, name: str) -> Iterator[None]:
    """An MLflow run of its own, for what was trained elsewhere.

    Raises:
        UnreachableError: MLflow fails.
    """
    with registry_connection.answering(settings, registry_connection.OF_MLFLOW):
        _ensure_experiment(settings, registry_connection.client(settings))
        with mlflow.start_run(run_name=name):
            yield


def log_cell(folder: RunFolder, outcome: Outcome) -> None:
    """One child run: its metrics, or the reason why it has none."""
    with mlflow.start_run(run_name=outcome.cell, nested=True):
        mlflow.log_param("cell", outcome.cell)
        if outcome.error:
            mlflow.set_tag("error", outcome.error)
            mlflow.end_run("FAILED")
            return
        mlflow.log_metrics(metrics("validation", folder.scored(outcome).validation))
        mlflow.log_metrics(
            {
                "fit_seconds": outcome.fit_seconds,
                "feature_seconds": outcome.feature_seconds,
                "features": outcome.features,
                "model_bytes": outcome.model_bytes,
                "tweets_per_second": outcome.tweets_per_second,
            }
        )
        mlflow.log_artifact(str(folder.predictions_file(outcome.cell)), "predictions")


def place_of(settings: TrainerSettings, artifact: Path) -> str:
    """Where a person finds what was logged in the active run: on MLflow's pages where they are known, else the file."""
    run = mlflow.active_run()
    if settings.mlflow_pages is None or run is None:
        return str(artifact)
    pages = settings.mlflow_pages.rstrip("/")
    return f"{pages}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}/artifacts/{artifact.name}"


def metrics(part: str, evaluation: Evaluation) -> dict[str, float]:
    """The standard metrics of a part, as MLflow names them."""
    return {
        f"{part}_accuracy": evaluation.accuracy,
        f"{part}_macro_f1": evaluation.macro_f1,
        f"{part}_macro_recall": evaluation.macro_recall,
        f"{part}_rows": evaluation.rows,
    }


def log_model(settings: TrainerSettings, model: Trained, labels: LabelMap, profile: Profile | None = None) -> int:
    """Store a model with its profile in the active run, or in a new one, and register it; its version."""
    run_id = (mlflow.active_run() or mlflow.start_run()).info.run_id
    band = NeutralBand(settings.neutral_low, settings.neutral_high)
    # MLflow announces on standard error what we report ourselves.
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stderr(io.StringIO()):
        files = Path(scratch) / MODEL
        packaging.package(model, files, run_id, settings.model_name, labels, band)
        if profile is not None:
            (files / NAME).write_bytes(profile.encoded)
        mlflow.log_artifacts(str(files), MODEL)
        source = mlflow.get_artifact_uri(MODEL)
    client = registry_connection.client(settings)
    if not client.search_registered_models(f"name='{settings.model_name}'"):
        client.create_registered_model(settings.model_name)
    made = client.create_model_version(settings.model_name, source, run_id=run_id, await_creation_for=0)
    return int(made.version)


def _known(client: MlflowClient, folder: RunFolder) -> str | None:
    if folder.run_id is None:
        return None
    try:
        return folder.run_id if client.get_run(folder.run_id).info.status in RESUMABLE else None
    except MlflowException:  # another registry, or a deleted run
        return None


def _ensure_experiment(settings: TrainerSettings, client: MlflowClient) -> None:
    local = settings.mlflow_tracking_uri.startswith("sqlite:")
    if client.get_experiment_by_name(EXPERIMENT) is None:
        place = settings.mlflow_artifacts
        location = (place if object_storage.is_remote(place) else Path(place).as_uri()) if local else None
        client.create_experiment(EXPERIMENT, artifact_location=location)
    mlflow.set_experiment(EXPERIMENT)
