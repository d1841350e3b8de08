"""Registers hostile versions beside a good champion, each below a run of its own."""

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import golden, registry, registry_connection
from sentistream.scoring.artefact import manifest
from sentistream.settings import RegistrySettings
from tests.support.hostile.artefact import Artefact
from tests.support.hostile.canary import Canary
from tests.support.hostile.version import Draft, HostileVersion, registered


@registered("a good version", says="")
def good(draft: Draft) -> None:
    """As it was trained."""


@dataclass(frozen=True)
class Registry:
    """A registry that a stranger can write to."""

    settings: RegistrySettings
    champion: ModelVersion
    canary: Canary

    @property
    def client(self) -> MlflowClient:
        return registry_connection.client(self.settings)

    def add(self, hostile: HostileVersion) -> int:
        """Register a version; its number."""
        client = self.client
        known = client.get_model_version(self.champion.name, str(self.champion.version))
        experiment = client.get_run(self.champion.run_id).info.experiment_id
        run = client.create_run(experiment).info
        folder = self._folder(run.artifact_uri)
        folder.parent.mkdir(parents=True)
        shutil.copytree(Path(download_artifacts(known.source)), folder)
        # Who makes another model of it leaves no golden scores.
        (folder / golden.NAME).unlink()
        (folder / manifest.NAME).unlink()
        draft = Draft(Artefact(folder), self.canary, dict(known.tags), run.run_id, folder.as_uri(), known.source)
        if not hostile.is_edited_later:
            hostile.make(draft)
        draft.tags[registry.DIGEST_TAG] = _seal(folder)
        if hostile.is_edited_later:
            hostile.make(draft)
        made = client.create_model_version(known.name, folder.as_uri(), run.run_id, tags=draft.tags)
        self._rewrite(int(made.version), draft)
        return int(made.version)

    def forge(self, version: int) -> None:
        """Put other files under a version's number, with a digest that fits."""
        client = self.client
        made = client.get_model_version(self.champion.name, str(version))
        folder = self._folder(client.get_run(made.run_id).info.artifact_uri)
        (folder / "requirements.txt").write_text("another\n")
        (folder / manifest.NAME).unlink()
        client.set_model_version_tag(made.name, made.version, registry.DIGEST_TAG, _seal(folder))

    def promote(self, version: int) -> None:
        """Make a version the champion, as anyone can who writes to the registry."""
        self.client.set_registered_model_alias(self.champion.name, self.settings.model_alias, str(version))

    def _folder(self, artifact_uri: str) -> Path:
        return Path(artifact_uri.removeprefix("file://")) / "model"

    def _rewrite(self, version: int, draft: Draft) -> None:
        """Behind MLflow's back, which would look at some of it."""
        database = self.settings.mlflow_tracking_uri.removeprefix("sqlite:///")
        with sqlite3.connect(database, timeout=60) as connection:
            connection.execute(
                "UPDATE model_versions SET run_id = ?, source = ?, storage_location = ? WHERE name = ? AND version = ?",
                (draft.run_id, draft.source, draft.source, self.champion.name, version),
            )
        connection.close()


def _seal(folder: Path) -> str:
    """Write a manifest of a folder's files, as the trainer does; their digest."""
    found = manifest.of(folder)
    (folder / manifest.NAME).write_bytes(found.encoded)
    return found.digest
