"""Bringing a registered version's files into the local cache, once, and knowing them again at each start."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import mlflow

from sentistream.contracts.model_version import ModelVersion
from sentistream.process import file_lock
from sentistream.scoring import checksums, registry_connection
from sentistream.scoring.errors import UnreachableError
from sentistream.settings import RegistrySettings


@dataclass(frozen=True)
class Artefact:
    """The local copy of a version's files."""

    folder: Path
    """What the version's flavour loads."""
    digest: str
    """SHA-256 (hex) of the list of its files, computed from what is there now."""


def fetch(settings: RegistrySettings, model: ModelVersion) -> Artefact:
    """Bring a version into the local cache, once, and anew where a file of the copy was cut or changed.

    Raises:
        RefusedError: its files are not what may be loaded.
        UnreachableError: its artefact can't be had.
    """
    target = Path(settings.model_cache) / model.name / f"{model.version}-{model.run_id}"
    digest = checksums.digest(target)
    if digest is None:
        # A copy that another process loads from is never taken away: whoever waited here finds it whole.
        with file_lock.waited_for(target.with_name(f"{target.name}.lock")):
            digest = checksums.digest(target) or _download(settings, model, target)
    return Artefact(target / model.flavour, digest)


def _download(settings: RegistrySettings, model: ModelVersion, target: Path) -> str:
    registry_connection.client(settings)
    part = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        with registry_connection.answering(settings):
            mlflow.artifacts.download_artifacts(artifact_uri=model.uri, dst_path=str(part))
        # Of a folder that is not there MLflow makes an empty copy, which must not be kept.
        if not (part / model.flavour).is_dir():
            raise UnreachableError(f"{model.uri} has no {model.flavour} model where the registry says that it lies.")
        digest = checksums.write(part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
        return digest
    finally:
        shutil.rmtree(part, ignore_errors=True)
