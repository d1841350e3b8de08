"""Where a version's files lie, by what the registry says: below its own run, at a place that models are read from, or nowhere."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import full_stop
from sentistream.scoring.errors import RefusedError
from sentistream.scoring.registry_connection import NOT_THERE
from sentistream.settings import RegistrySettings
from sentistream.terminal import shown

RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,255}")
LOGGED_MODEL = re.compile(r"m-[0-9a-f]{32}")
"""The id of a model that MLflow 3 logs beside its run and not below it."""
OF_A_SERVER = ("mlflow-artifacts", "http", "https")
"""What goes to the registry's own server, with the credentials for it."""


@dataclass(frozen=True)
class Place:
    """A folder on a disk or in a store."""

    scheme: str
    """`file`, `s3`, or one of a server's."""
    host: str
    """The bucket, or the server."""
    parts: tuple[str, ...]
    uri: str
    """As the registry writes it."""

    @property
    def path(self) -> Path:
        """On a disk."""
        return Path("/", *self.parts)

    def lies_below(self, other: "Place") -> bool:
        """Whether it is the other one or a folder within."""
        return (self.scheme, self.host) == (other.scheme, other.host) and (
            self.parts[: len(other.parts)] == other.parts
        )


def locate(settings: RegistrySettings, registry: MlflowClient, model: ModelVersion) -> Place:
    """The folder of a version's files.

    Raises:
        RefusedError: it doesn't lie below the version's own run.
        MlflowException: the registry doesn't answer.
    """
    if not RUN.fullmatch(model.run_id):
        raise RefusedError(
            f"{model.uri} names no run that made it, but '{shown(model.run_id, 60)}': register it with its run_id."
        )
    try:
        written = registry.get_model_version_download_uri(model.name, str(model.version))
        run = registry.get_run(model.run_id)
        root = _place(settings, run.info.artifact_uri)
        if written.startswith("runs:/"):
            run_id, _, rest = written.removeprefix("runs:/").partition("/")
            written = f"{run.info.artifact_uri}/{rest}" if run_id == model.run_id else written
        place = _place(settings, written)
        if (logged := _logged_model(place)) is not None:
            held = registry.get_logged_model(logged)
            owner, root = held.source_run_id, _place(settings, held.artifact_location)
        else:
            logged = owner = model.run_id
    except _NoPlaceError as odd:
        raise RefusedError(full_stop(f"{model.uri} can't be read: {odd}")) from odd
    except MlflowException as error:
        if error.error_code not in NOT_THERE:
            raise
        raise RefusedError(f"{model.uri} was made by run {model.run_id}, which the registry doesn't have.") from error
    is_its_own = owner == model.run_id and root.parts[-2:] == (logged, "artifacts") and place.lies_below(root)
    if not is_its_own or not _is_not_linked_elsewhere(place, root):
        raise RefusedError(
            f"{model.uri} lies at {_shown(written)}, which is not below its own run {model.run_id}: it is not read."
        )
    return place


class _NoPlaceError(Exception):
    """Why an address names no folder that models are read from."""


def _place(settings: RegistrySettings, uri: str) -> Place:
    if not uri.isprintable():  # some of it, a URL's parser leaves out
        raise _NoPlaceError(f"{_shown(uri)} is no address")
    try:
        address = urlsplit(uri)
        server = (address.hostname, address.port)
    except ValueError as odd:
        raise _NoPlaceError(f"{_shown(uri)} is no address") from odd
    if address.scheme in ("", "file"):
        path = uri if not address.scheme else unquote(address.path)
        if address.scheme and (address.netloc not in ("", "localhost") or address.query or address.fragment):
            raise _NoPlaceError(f"{_shown(uri)} is no file on this machine")
        return Place("file", "", _parts(uri, str(Path(path).absolute())), uri)
    if address.scheme in OF_A_SERVER:
        own = urlsplit(settings.mlflow_tracking_uri)
        if own.hostname is None or (address.netloc and server != (own.hostname, own.port)):
            raise _NoPlaceError(f"{_shown(uri)} lies on another server than the registry's")
    elif address.scheme != "s3":
        raise _NoPlaceError(f"{_shown(uri)} is no folder, no s3:// and not the registry's own server")
    if re.search("[%?#]", uri):
        raise _NoPlaceError(f"{_shown(uri)} is no plain address")
    return Place(address.scheme, address.netloc, _parts(uri, address.path), uri)


def _parts(uri: str, path: str) -> tuple[str, ...]:
    parts = tuple(path.strip("/").split("/"))
    if not path.isprintable() or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise _NoPlaceError(f"{_shown(uri)} is no plain path")
    return parts


def _logged_model(place: Place) -> str | None:
    for parent, name in zip(place.parts, place.parts[1:], strict=False):
        if parent == "models" and LOGGED_MODEL.fullmatch(name):
            return name
    return None


def _is_not_linked_elsewhere(place: Place, root: Place) -> bool:
    """Whether no link leads out of a run's folder; of one on a disk alone."""
    if place.scheme != "file":
        return True
    real = root.path.resolve()
    return real.parts[-2:] == root.parts[-2:] and place.path.resolve() == real.joinpath(*place.parts[len(root.parts) :])


def _shown(uri: str) -> str:
    """An address without a password."""
    return shown(re.sub(r"//[^/@\s]*@", "//", uri), 200)
