"""Versions as another tool registers them: from a folder, with a run of their own and no digest; and those of which only the registry is asked."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from sentistream.scoring import registry, registry_connection
from sentistream.scoring.artefact import manifest
from sentistream.settings import RegistrySettings

BARE: Mapping[str, str] = {
    registry.LABELS_TAG: "negative,positive",
    registry.BAND_LOW_TAG: "0.4",
    registry.BAND_HIGH_TAG: "0.6",
}
"""The tags that a version can't be loaded without."""


def register(settings: RegistrySettings, files: Path, **tags: str) -> int:
    """Register a copy of a folder, which may be missing, as a new version of MODEL_NAME; its number."""
    return register_at(settings, files, **tags)[0]


def register_at(settings: RegistrySettings, files: Path, **tags: str) -> tuple[int, Path]:
    """As `register`; the number, and where the version's files lie."""
    client, place = registry_connection.client(settings), files.parent / "registered"
    if not client.search_registered_models(f"name='{settings.model_name}'"):
        client.create_registered_model(settings.model_name)
    experiment = client.get_experiment_by_name(str(place))
    number = experiment.experiment_id if experiment else client.create_experiment(str(place), place.as_uri())
    run = client.create_run(number).info
    stored = place / run.run_id / "artifacts" / "model"
    if files.exists():
        shutil.copytree(files, stored, symlinks=True, ignore=shutil.ignore_patterns(manifest.NAME))
    source, given = f"{run.artifact_uri}/model", {**BARE, **tags}
    version = client.create_model_version(settings.model_name, source, run_id=run.run_id, tags=given)
    return int(version.version), stored


def register_a_name(settings: RegistrySettings, labels: str = "negative,positive") -> int:
    """Register a new version of MODEL_NAME of which nothing but its tags is looked at; its number."""
    client, tags = registry_connection.client(settings), {**BARE, registry.LABELS_TAG: labels}
    return int(client.create_model_version(settings.model_name, "/nowhere", tags=tags).version)


def promote(settings: RegistrySettings, version: int) -> None:
    """Have the alias name a version."""
    client = registry_connection.client(settings)
    client.set_registered_model_alias(settings.model_name, settings.model_alias, str(version))


def register_two(settings: RegistrySettings) -> None:
    """Register MODEL_NAME with two versions of the same labels, of which nothing but their tags is looked at; the first is champion."""
    registry_connection.client(settings).create_registered_model(settings.model_name)
    for _ in range(2):
        register_a_name(settings)
    promote(settings, 1)
