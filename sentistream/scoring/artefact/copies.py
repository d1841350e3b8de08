"""A version's copy in the local cache: where it lies, and by what it is known again; nothing here needs MLflow."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.artefact import manifest, room
from sentistream.scoring.errors import RefusedError
from sentistream.settings import RegistrySettings
from sentistream.terminal import shown


@dataclass(frozen=True)
class Artefact:
    """The local copy of a version's files."""

    folder: Path
    """What the version's flavour loads."""
    digest: str
    """SHA-256 (hex) of their manifest, computed from what is there now."""


def held(target: Path, model: ModelVersion) -> str | None:
    """The digest of a whole copy that is the version's; None where there is none."""
    digest = manifest.held(target)
    return digest if not model.digest or digest == model.digest else None


def forget(settings: RegistrySettings, model: ModelVersion) -> None:
    """Take the copy of a version away that was refused."""
    room.take_away(place(settings, model))


def place(settings: RegistrySettings, model: ModelVersion) -> Path:
    """Where the copy of a version lies: by its number and its digest, and of one without any by a hash of its run. No foreign text is in the path."""
    if model.digest and not manifest.DIGEST.fullmatch(model.digest):
        raise RefusedError(f"{model.uri} has the tag digest {shown(model.digest, 80)}, which is no SHA-256.")
    of_run = hashlib.sha256("\0".join((model.name, model.run_id)).encode()).hexdigest()
    return Path(settings.model_cache) / f"{model.version}-{model.digest or f'of-run-{of_run}'}"
