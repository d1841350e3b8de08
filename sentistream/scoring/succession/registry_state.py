"""Whether the registry may say something else than when it was asked last, without MLflow: that takes seconds to import and 100 MB.

Of a file what its tables hold of the champion; of a server what MLflow's REST API answers of the model (https://mlflow.org/docs/latest/rest-api.html). What is made of a
change is `registry`'s to say.
"""

import base64
import hashlib
import os
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from pathlib import Path

from sentistream.errors import said
from sentistream.scoring.errors import UnreachableError
from sentistream.scoring.registry_address import shown
from sentistream.settings import RegistrySettings

OF_ALIAS = "FROM registered_model_aliases WHERE name = :name AND lower(alias) = lower(:alias)"
QUERIES = (
    f"SELECT * {OF_ALIAS} ORDER BY alias",
    f"SELECT * FROM model_versions WHERE name = :name AND version IN (SELECT version {OF_ALIAS}) ORDER BY version",  # noqa: S608 - ours
    f"SELECT * FROM model_version_tags WHERE name = :name AND version IN (SELECT version {OF_ALIAS}) ORDER BY version, key",  # noqa: S608 - ours
)
"""MLflow's own tables: while a model is trained the file changes all the time, and these rows do not."""
LOCKED_SECONDS = 3.0
"""How long another program may hold a SQLite file to itself."""
ANSWER_SECONDS = 10.0
MOST_BYTES = 4 << 20
SPECIAL = (
    "MLFLOW_TRACKING_INSECURE_TLS",
    "MLFLOW_TRACKING_SERVER_CERT_PATH",
    "MLFLOW_TRACKING_CLIENT_CERT_PATH",
    "MLFLOW_TRACKING_AUTH",
    "MLFLOW_TRACKING_AWS_SIGV4",
)
"""Ways to a server that only MLflow knows."""


def of(settings: RegistrySettings) -> bytes | None:
    """What is another one after each change of the champion or of a version's tags, and may be another one without; None where only MLflow can tell.

    Raises:
        UnreachableError: the registry does not answer.
    """
    uri = settings.mlflow_tracking_uri
    if uri.startswith("sqlite:///"):
        return _of_file(Path(uri.removeprefix("sqlite:///")), settings)
    return None if any(os.environ.get(name) for name in SPECIAL) else _of_server(settings)


def _of_file(file: Path, settings: RegistrySettings) -> bytes:
    """What MLflow's tables say of the version that the alias names; where they are laid out otherwise, the file's time and size."""
    try:
        state = file.stat()
    except OSError as away:
        raise UnreachableError(
            f"There is no model registry at {shown(settings)} (MLFLOW_TRACKING_URI): `make train` makes one."
        ) from away
    try:
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=LOCKED_SECONDS)
        ) as tables:
            return hashlib.sha256(repr(_rows(tables, settings)).encode()).digest()
    except sqlite3.Error:
        return repr((state.st_ino, state.st_mtime_ns, state.st_size)).encode()


def _rows(tables: sqlite3.Connection, settings: RegistrySettings) -> list[object]:
    # In whatever case the alias is written.
    given = {"name": settings.model_name, "alias": settings.model_alias}
    return [row for query in QUERIES for row in tables.execute(query, given)]


def _of_server(settings: RegistrySettings) -> bytes | None:
    address, headers = with_credentials(settings)
    query = urllib.parse.urlencode({"name": settings.model_name, "alias": settings.model_alias})
    digest = hashlib.sha256()
    # An alias in another case is only among the model's own.
    for path in ("registered-models/alias", "registered-models/get"):
        request = urllib.request.Request(f"{address}/api/2.0/mlflow/{path}?{query}", headers=headers)  # noqa: S310 - the setting allows http(s) alone
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
                digest.update(answer.read(MOST_BYTES))
        except urllib.error.HTTPError as refused:
            if refused.code != 404:
                return None
            digest.update(b"not there")
        except OSError as silent:
            reason = getattr(silent, "reason", silent)
            why = said(reason) if isinstance(reason, BaseException) else str(reason)
            raise UnreachableError(
                f"The model registry at {shown(settings)} (MLFLOW_TRACKING_URI) does not answer: {why}"
            ) from silent
    return digest.digest()


def with_credentials(settings: RegistrySettings) -> tuple[str, dict[str, str]]:
    """The address without user and password, and the header that holds them, as MLflow's client sends it."""
    parts = urllib.parse.urlsplit(settings.mlflow_tracking_uri)
    address = urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
    user, password = settings.mlflow_tracking_username, settings.mlflow_tracking_password
    if parts.username and parts.password:
        pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password)}"
    elif user and password is not None:
        pair = f"{user}:{password.get_secret_value()}"
    else:
        token = settings.mlflow_tracking_token
        return address, {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}
    return address, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
