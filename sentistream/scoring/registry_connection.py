"""Reaching the model registry (MLflow): its client, what it says where it does not answer, and how long that may take."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from sentistream import object_storage
from sentistream.errors import said
from sentistream.process import disk, file_lock
from sentistream.scoring.errors import RegistryRefusedError, UnreachableError
from sentistream.scoring.registry_address import shown as shown
from sentistream.scoring.registry_address import without_password
from sentistream.settings import S3Settings, TrackingSettings

for library in ("mlflow", "sqlalchemy"):
    # What they log is raised as well, and said in one sentence.
    logging.getLogger(library).setLevel(logging.CRITICAL)
NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""How MLflow says that it has no such model, alias or run."""
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""MLflow's own settings: by its defaults it says after minutes that a server does not answer."""
OF_MLFLOW = (MlflowException, SQLAlchemyError, sqlite3.Error)
UNAUTHENTICATED, FORBIDDEN = 401, 403
"""HTTP's status codes."""
LOCKED_SECONDS = 3.0
"""How long another program may hold a SQLite file to itself."""


def client(settings: TrackingSettings) -> MlflowClient:
    """Connect to the tracking server, or open the SQLite file (created where missing).

    Raises:
        UnreachableError: the registry does not answer, or the file is no SQLite database.
        RegistryRefusedError: it does not let us in.
    """
    uri = settings.mlflow_tracking_uri
    object_storage.export(S3Settings.from_options())
    _export(settings)
    with answering(settings):
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        if not uri.startswith("sqlite:///"):
            return MlflowClient()
        file = Path(uri.removeprefix("sqlite:///")).absolute()
        # MLflow creates its tables at first use, and not safely if trainer and processor begin together.
        with file_lock.waited_for(file.with_name(f"{file.name}.lock")):
            _require_unlocked(file)
            registry = MlflowClient()
            registry.search_registered_models(max_results=1)
            return registry


def _export(settings: TrackingSettings) -> None:
    """Put what came from secret files into the environment, where MLflow looks for it at each request."""
    given = {
        "MLFLOW_TRACKING_USERNAME": settings.mlflow_tracking_username,
        "MLFLOW_TRACKING_PASSWORD": _text(settings.mlflow_tracking_password),
        "MLFLOW_TRACKING_TOKEN": _text(settings.mlflow_tracking_token),
    }
    os.environ.update({name: value for name, value in given.items() if value})


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def _require_unlocked(file: Path) -> None:
    """Meet another program's lock before MLflow does, which tries for a minute."""
    if file.exists():
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=LOCKED_SECONDS)) as registry:
            registry.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone()


@contextmanager
def answering(settings: TrackingSettings, kinds: tuple[type[Exception], ...] = (*OF_MLFLOW, OSError)) -> Iterator[None]:
    """Turn whatever MLflow and its store raise into one sentence; of the address only the part without a password.

    Args:
        settings: name the registry.
        kinds: what is taken for theirs: `OF_MLFLOW` where files are written that are not.
    """
    try:
        yield
    except Exception as error:
        # What Amazon's client raises is of no common kind, and it is not part of every installation.
        if not isinstance(error, kinds) and not _of_s3(error):
            raise
        if (refusal := _refusal(settings, error)) is not None:
            raise refusal from None
        system = _of_the_system(error)
        told = system or error
        # Of a server's words nobody knows whose disk is meant.
        is_ours = system is not None or settings.mlflow_tracking_uri.startswith("sqlite:")
        if is_ours and (full := disk.refused(told, settings.places)) is not None:
            raise UnreachableError(str(full)) from error
        why = without_password(said(told))[:200]
        raise UnreachableError(
            f"The model registry at {shown(settings)} (MLFLOW_TRACKING_URI) does not answer: {why}"
        ) from error


def _refusal(settings: TrackingSettings, error: Exception) -> RegistryRefusedError | None:
    """What is said where the server, or a proxy before it, does not let us in; its own words may quote what was sent."""
    status = error.get_http_status_code() if isinstance(error, MlflowException) else None  # type: ignore[no-untyped-call]  # MLflow has no types
    at = f"The model registry at {shown(settings)} (MLFLOW_TRACKING_URI)"
    if status == FORBIDDEN:
        return RegistryRefusedError(f"{at} does not allow this user what was asked (403): have it allowed there.")
    if status != UNAUTHENTICATED:
        return None
    if settings.mlflow_tracking_token is not None:
        return RegistryRefusedError(f"{at} refuses the token: correct MLFLOW_TRACKING_TOKEN (or its _FILE).")
    if settings.mlflow_tracking_username:
        return RegistryRefusedError(
            f"{at} refuses the user or the password: correct MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or its _FILE)."
        )
    return RegistryRefusedError(
        f"{at} wants a login: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN (or their _FILE)."
    )


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


def is_there(settings: TrackingSettings) -> bool:
    """False where the registry is a file that is not there, which to ask would make; a server may be."""
    uri = settings.mlflow_tracking_uri
    return not uri.startswith("sqlite:///") or Path(uri.removeprefix("sqlite:///")).exists()


def require_there(settings: TrackingSettings) -> None:
    """Check that the registry is no file that is missing, which to ask would make.

    Raises:
        UnreachableError: it is.
    """
    if not is_there(settings):
        raise UnreachableError(
            f"There is no model registry at {shown(settings)} (MLFLOW_TRACKING_URI): `sentistream train` makes one."
        )


def require_answer(settings: TrackingSettings) -> None:
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
