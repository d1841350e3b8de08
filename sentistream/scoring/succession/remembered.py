"""The version that served last, in a file beside the copies in MODEL_CACHE: a start serves it where the registry is away, or its champion is refused."""

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said
from sentistream.settings import RegistrySettings

log = structlog.get_logger()
VERSION = TypeAdapter(ModelVersion)
MOST_BYTES = 64 << 10


def write(settings: RegistrySettings, model: ModelVersion) -> None:
    """Note that a version serves; where that can't be written, a start without the registry has nothing to serve."""
    file = _file(settings)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, new = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with os.fdopen(handle, "wb") as content:
                content.write(VERSION.dump_json(model))
            Path(new).replace(file)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise
    except OSError as refused:
        log.warning("can't remember which version serves (MODEL_CACHE)", reason=said(refused))


def read(settings: RegistrySettings) -> ModelVersion | None:
    """The version that served last under this name and alias of this registry; None where none did, or what is there says nothing."""
    with suppress(OSError, ValidationError, UserError), _file(settings).open("rb") as content:
        model = VERSION.validate_json(content.read(MOST_BYTES))
        return model if model.name == settings.model_name else None
    return None


def _file(settings: RegistrySettings) -> Path:
    """Another registry's version of the same number is another model."""
    which = "\0".join((settings.mlflow_tracking_uri, settings.model_name, settings.model_alias))
    return Path(settings.model_cache) / f"served-{hashlib.sha256(which.encode()).hexdigest()[:32]}.json"
