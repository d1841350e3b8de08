"""The model registry (MLflow): which version an alias names, its tags, a local copy of its artefact."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import logging

import mlflow
from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion as MlflowVersion
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sentistream import object_storage
from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import SPARKML, ModelVersion
from sentistream.errors import UserError
from sentistream.process import file_lock
from sentistream.scoring import checksums
from sentistream.scoring.probe_sentences import known_as
from sentistream.settings import RegistrySettings, S3Settings

logging.getLogger("mlflow").setLevel(logging.ERROR)
LABELS_TAG, BAND_LOW_TAG, BAND_HIGH_TAG = "label_map", "neutral_band_low", "neutral_band_high"
SPLIT_TAG, DATA_TAG = "split", "data_sha256"
LANGUAGES_TAG, PROBE_TAG = "languages", "probe"
FLAVOUR_TAG = "flavour"
"""Versions that were registered before there was more than one flavour lack it."""
PREVIOUS = "previous"
NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""How MLflow says that it has no such model or alias."""


IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""MLflow's own settings: by its defaults it says after minutes that a server does not answer."""


class UnreachableError(UserError):
    """The registry, or where it keeps its artefacts, does not answer; it may later."""


def client(settings: RegistrySettings) -> MlflowClient:
    """Connect to the tracking server, or open the SQLite file (created where missing).

    Raises:
        UnreachableError: the registry does not answer, or the file is no SQLite database.
    """
    uri = settings.mlflow_tracking_uri
    object_storage.export(S3Settings.from_options())
    with answering(settings):
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        if not uri.startswith("sqlite:///"):
            return MlflowClient()
        file = Path(uri.removeprefix("sqlite:///")).absolute()
        # MLflow creates its tables at first use, and not safely if trainer and processor begin together.
        with file_lock.waited_for(file.with_name(f"{file.name}.lock")):
            registry = MlflowClient()
            registry.search_registered_models(max_results=1)
            return registry


@contextmanager
def answering(settings: RegistrySettings) -> Iterator[None]:
    """Turn whatever MLflow and its store raise into one sentence; of the address only the part without a password."""
    try:
        yield
    except Exception as error:
        # What Amazon's client raises is of no common kind, and it is not part of every installation.
        if not isinstance(error, (MlflowException, SQLAlchemyError, OSError)) and not _of_s3(error):
            raise
        told = _of_the_system(error) or error
        why = _without_password((str(told).splitlines() or [repr(told)])[0])[:200]
        raise UnreachableError(
            f"The model registry at {shown(settings)} (MLFLOW_TRACKING_URI) does not answer: {why}"
        ) from error


@contextmanager
def impatient() -> Iterator[None]:
    """Have MLflow say within seconds that its server does not answer, for who asks again by a policy of his own; what the user has set stays."""
    ours = {name: value for name, value in IMPATIENT.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


def require_answer(settings: RegistrySettings) -> None:
    """Check that the registry answers, which is known within seconds.

    Raises:
        UnreachableError: it does not.
    """
    with impatient(), answering(settings):
        client(settings).search_registered_models(max_results=1)


def _of_the_system(error: BaseException) -> OSError | None:
    """What the operating system said, below the words of all libraries between: `Connection refused`."""
    cause: BaseException | None = error
    while cause is not None:
        # The libraries' own errors are of that kind, too, and have no number.
        if isinstance(cause, TimeoutError) or (isinstance(cause, OSError) and cause.errno is not None):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def _of_s3(error: Exception) -> bool:
    return type(error).__module__.startswith("botocore.") or (isinstance(error, ImportError) and error.name == "boto3")


def shown(settings: RegistrySettings) -> str:
    """The registry's address without a user and password."""
    return _without_password(settings.mlflow_tracking_uri)


def _without_password(address: str) -> str:
    return re.sub(r"//[^/@\s]*@", "//", address)


def resolve(settings: RegistrySettings) -> ModelVersion | None:
    """The version that the configured alias names; None when there is none.

    Raises:
        UserError: the version's tags are not those of a sentistream model.
        UnreachableError: the registry does not answer.
    """
    registry = client(settings)
    with answering(settings):
        registered = by_alias(registry, settings.model_name, settings.model_alias)
    return None if registered is None else _version(registered)


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
    with answering(settings):
        try:
            registered = by_alias(registry, name, rest) if separator == "@" else registry.get_model_version(name, rest)
        except MlflowException as error:
            if error.error_code not in NOT_THERE:
                raise
            registered = None
    if registered is None:
        raise UserError(f"{uri}: the registry at {shown(settings)} has no such model; `sentistream models` lists them.")
    return _version(registered)


def by_alias(registry: MlflowClient, name: str, alias: str) -> MlflowVersion | None:
    """The version that an alias names, in whatever case it is written; None when there is none."""
    try:
        return registry.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code not in NOT_THERE:
            raise
    known = spelt(registry, name, alias)
    return None if known == alias else registry.get_model_version_by_alias(name, known)


def spelt(registry: MlflowClient, name: str, alias: str) -> str:
    """An alias as the registry spells it: `Champion` is `champion` where only that is there, and stays as it is where neither is."""
    try:
        held = registry.get_registered_model(name).aliases
    except MlflowException as error:
        if error.error_code not in NOT_THERE:
            raise
        return alias
    return alias if alias in held else next((each for each in sorted(held) if each.lower() == alias.lower()), alias)


def fetch(settings: RegistrySettings, model: ModelVersion) -> Path:
    """Bring a version into the local cache, once, and anew where a file of the copy was cut or changed; the folder that its flavour names.

    Raises:
        UnreachableError: its artefact can't be had.
    """
    target = Path(settings.model_cache) / model.name / f"{model.version}-{model.run_id}"
    if not checksums.hold(target):
        # A copy that another process loads from is never taken away: whoever waited here finds it whole.
        with file_lock.waited_for(target.with_name(f"{target.name}.lock")):
            if not checksums.hold(target):
                _download(settings, model, target)
    return target / model.flavour


def _download(settings: RegistrySettings, model: ModelVersion, target: Path) -> None:
    client(settings)
    part = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        with answering(settings):
            mlflow.artifacts.download_artifacts(artifact_uri=model.uri, dst_path=str(part))
        # Of a folder that is not there MLflow makes an empty copy, which must not be kept.
        if not (part / model.flavour).is_dir():
            raise UnreachableError(f"{model.uri} has no {model.flavour} model where the registry says that it lies.")
        checksums.write(part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


LISTED = ("version", "alias", "registered", "cell", "labels", "test_accuracy", "test_macro_f1", "test_rows")


def versions(settings: RegistrySettings) -> list[dict[str, str | int]]:
    """The registered versions, the newest first, with the columns `LISTED`; empty where there is none."""
    registry = client(settings)
    with answering(settings):
        registered = registry.search_model_versions(f"name='{settings.model_name}'")
        aliases: dict[str, list[str]] = {}
        for model in registry.search_registered_models(f"name='{settings.model_name}'"):
            for alias, version in model.aliases.items():
                aliases.setdefault(str(version), []).append(alias)
    return [
        {
            "version": int(each.version),
            "alias": ", ".join(sorted(aliases.get(str(each.version), []))),
            "registered": datetime.fromtimestamp(each.creation_timestamp / 1000, UTC).strftime("%Y-%m-%d %H:%M"),
            "labels": each.tags.get(LABELS_TAG, ""),
            **{name: each.tags.get(name, "") for name in ("cell", "test_accuracy", "test_macro_f1", "test_rows")},
        }
        for each in sorted(registered, key=lambda each: -int(each.version))
    ]


def _version(registered: MlflowVersion) -> ModelVersion:
    name, version, tags = registered.name, int(registered.version), registered.tags
    try:
        labels = LabelMap.parse(tags[LABELS_TAG])
        band = NeutralBand(float(tags[BAND_LOW_TAG]), float(tags[BAND_HIGH_TAG]))
    except (KeyError, ValueError) as missing:
        raise UserError(
            f"models:/{name}/{version} has no usable tag {missing}: it was not registered by this trainer."
        ) from missing
    return ModelVersion(
        name,
        version,
        labels,
        band,
        registered.run_id or "",
        flavour=tags.get(FLAVOUR_TAG, SPARKML),
        split=tags.get(SPLIT_TAG, ""),
        data_sha256=_hashes(tags.get(DATA_TAG, "")),
        languages=_languages(tags.get(LANGUAGES_TAG, "")),
    )


def _languages(tag: str) -> tuple[str, ...] | None:
    """The languages in a tag, by the probe's names for them; None where it names none."""
    return tuple(dict.fromkeys(known_as(each) for each in tag.replace(" ", "").split(",") if each)) or None


def _hashes(tag: str) -> tuple[str, ...]:
    """The hashes in a tag that holds a JSON object of file and sha256, as our trainer writes it; of any other, nothing is known."""
    try:
        files = json.loads(tag)
    except ValueError:
        return ()
    return tuple(map(str, files.values())) if isinstance(files, dict) else ()
