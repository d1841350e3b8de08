"""The model registry (MLflow): which version an alias names, its tags, a local copy of its pipeline."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import logging

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from pyspark.ml import PipelineModel

from sentistream.errors import UserError
from sentistream.labels import LabelMap, NeutralBand
from sentistream.settings import RegistrySettings

logging.getLogger("mlflow").setLevel(logging.ERROR)
LABELS_TAG, BAND_LOW_TAG, BAND_HIGH_TAG = "label_map", "neutral_band_low", "neutral_band_high"
CHAMPION, PREVIOUS = "champion", "previous"


@dataclass(frozen=True)
class ModelVersion:
    """A registered version, with what serving needs to know of it."""

    name: str
    version: int
    labels: LabelMap
    band: NeutralBand

    @property
    def uri(self) -> str:
        """MLflow's address of exactly this version."""
        return f"models:/{self.name}/{self.version}"


def client(settings: RegistrySettings) -> MlflowClient:
    """Connect to the tracking server, or open the SQLite file (created where missing)."""
    uri = settings.mlflow_tracking_uri
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).absolute().parent.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return MlflowClient()


def resolve(settings: RegistrySettings) -> ModelVersion | None:
    """The version that the configured alias names; None when there is none.

    Raises:
        UserError: the version's tags are not those of a sentistream model, or the registry does not answer.
    """
    try:
        found = client(settings).get_model_version_by_alias(settings.model_name, settings.model_alias)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise UserError(
            f"The model registry at {settings.mlflow_tracking_uri} does not answer: {error.message}"
        ) from error
    return _version(found.name, int(found.version), found.tags)


def resolve_uri(settings: RegistrySettings, uri: str) -> ModelVersion:
    """The version that `models:/name@alias` or `models:/name/number` names.

    Raises:
        UserError: the address is malformed or names nothing.
    """
    path = uri.removeprefix("models:/")
    name, separator, rest = path.partition("@") if "@" in path else path.partition("/")
    if path == uri or not name or not separator or not rest:
        raise UserError(f"{uri}: write models:/NAME@ALIAS or models:/NAME/VERSION.", exit_code=2)
    registry = client(settings)
    try:
        if separator == "@":
            found = registry.get_model_version_by_alias(name, rest)
        else:
            found = registry.get_model_version(name, rest)
    except MlflowException as error:
        raise UserError(
            f"{uri}: the registry at {settings.mlflow_tracking_uri} has no such model ({error.message})."
        ) from error
    return _version(found.name, int(found.version), found.tags)


def fetch(settings: RegistrySettings, model: ModelVersion) -> Path:
    """Bring a version into the local cache, once; the folder of its Spark pipeline."""
    target = Path(settings.model_cache) / model.name / str(model.version)
    if not target.exists():
        client(settings)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=target.parent))
        try:
            mlflow.artifacts.download_artifacts(artifact_uri=model.uri, dst_path=str(part))
            # Another process may have been quicker; its copy is the same.
            if not target.exists():
                part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return target / "sparkml"


def load(settings: RegistrySettings, model: ModelVersion) -> PipelineModel:
    """Load a version's pipeline from its local copy.

    Raises:
        UserError: the artefact is damaged or no Spark pipeline.
    """
    folder = fetch(settings, model)
    try:
        return PipelineModel.load(folder.as_uri())
    except Exception as error:  # Spark raises many kinds for a damaged folder
        raise UserError(f"{model.uri} can't be loaded from {folder}: {str(error).splitlines()[0]}") from error


def _version(name: str, version: int, tags: dict[str, str]) -> ModelVersion:
    try:
        labels = LabelMap.parse(tags[LABELS_TAG])
        band = NeutralBand(float(tags[BAND_LOW_TAG]), float(tags[BAND_HIGH_TAG]))
    except (KeyError, ValueError) as missing:
        raise UserError(
            f"models:/{name}/{version} has no usable tag {missing}: it was not registered by this trainer."
        ) from missing
    return ModelVersion(name, version, labels, band)
