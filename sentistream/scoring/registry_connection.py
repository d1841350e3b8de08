"""Reaching the model registry (MLflow): its client, what it says where it does not answer, and how long that may take."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sentistream import object_storage
from sentistream.process import file_lock
from sentistream.scoring.errors import UnreachableError
from sentistream.settings import RegistrySettings, S3Settings

logging.getLogger("mlflow").setLevel(logging.ERROR)
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""MLflow's own settings: by its defaults it says after minutes that a server does not answer."""


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
