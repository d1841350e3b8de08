"""A real MLflow server behind a login: right, wrong and none."""

import base64
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from werkzeug.serving import make_server

from sentistream.errors import UserError
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.errors import RegistryRefusedError
from sentistream.settings import RegistrySettings

PASSWORD, TOKEN = "hunter2", "a-token-of-a-proxy"
LOGINS = {f"Basic {base64.b64encode(f'{user}:{PASSWORD}'.encode()).decode()}": user for user in ("alice", "mallory")}
LOGINS[f"Bearer {TOKEN}"] = "a program"
Respond = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of MLflow's own application, with a gate before it that knows alice and a token; mallory may not ask."""
    folder = tmp_path_factory.mktemp("mlflow")
    stores = {
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder / 'mlflow.db'}",
        "_MLFLOW_SERVER_REGISTRY_STORE": f"sqlite:///{folder / 'mlflow.db'}",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": str(folder / "artifacts"),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
    }
    with mock.patch.dict(os.environ, stores):
        from mlflow.server import app

        def gate(environment: dict[str, Any], respond: Respond) -> Iterable[bytes]:
            user = LOGINS.get(environment.get("HTTP_AUTHORIZATION", ""))
            if user not in (None, "mallory"):
                return app(environment, respond)
            status = HTTPStatus.UNAUTHORIZED if user is None else HTTPStatus.FORBIDDEN
            respond(f"{status.value} {status.phrase}", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Basic")])
            return [f"who is {environment.get('HTTP_AUTHORIZATION')}?".encode()]

        serving = make_server("127.0.0.1", 0, gate, threaded=True)
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Take back what a client is told by the environment."""
    with mock.patch.dict(os.environ):
        yield


def settings(server: str, **login: str | None) -> RegistrySettings:
    return RegistrySettings.from_options(mlflow_tracking_uri=server, **login)


def by_file(name: str, secret: str, folder: Path) -> None:
    file = folder / name.lower()
    file.write_text(f"{secret}\n")
    file.chmod(0o600)
    os.environ[f"{name}_FILE"] = str(file)


def test_a_password_or_a_token_from_a_file_lets_in(server: str, tmp_path: Path) -> None:
    with mock.patch.dict(os.environ):
        by_file("MLFLOW_TRACKING_PASSWORD", PASSWORD, tmp_path)
        assert registry.resolve(settings(server, mlflow_tracking_username="alice")) is None
    with mock.patch.dict(os.environ):
        by_file("MLFLOW_TRACKING_TOKEN", TOKEN, tmp_path)
        assert registry.resolve(settings(server)) is None


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ({}, "wants a login: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"),
        (
            {"mlflow_tracking_username": "alice", "mlflow_tracking_password": "another"},
            "refuses the user or the password: correct MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        ),
        ({"mlflow_tracking_token": "another"}, "refuses the token: correct MLFLOW_TRACKING_TOKEN"),
        (
            {"mlflow_tracking_username": "mallory", "mlflow_tracking_password": PASSWORD},
            "does not allow this user what was asked (403)",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(server: str, login: dict[str, str], said: str) -> None:
    for asked in (registry.resolve, registry_connection.require_answer):
        with pytest.raises(RegistryRefusedError) as refused:
            asked(settings(server, **login))
        sentence = str(refused.value)
        assert sentence.startswith(f"The model registry at {server} (MLFLOW_TRACKING_URI) {said}")
        assert not any(secret in sentence for secret in ("another", PASSWORD, "Basic", "Bearer"))


def test_half_a_login_and_two_are_refused() -> None:
    for login in (
        {"mlflow_tracking_username": "alice"},
        {"mlflow_tracking_password": PASSWORD},
        {"mlflow_tracking_username": "alice", "mlflow_tracking_password": PASSWORD, "mlflow_tracking_token": TOKEN},
    ):
        with pytest.raises(UserError, match="MLFLOW_TRACKING_PASSWORD") as refused:
            RegistrySettings.from_options(**login)
        assert PASSWORD not in str(refused.value)
