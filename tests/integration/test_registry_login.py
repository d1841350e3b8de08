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
from sentistream.scoring.errors import RegistryRefusedError, UnreachableError
from sentistream.scoring.succession import aliases, registry_server
from sentistream.settings import RegistrySettings
from tests.support.registered import BARE

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


def test_the_aliases_of_a_server_are_moved_without_mlflow_as_with_it(server: str) -> None:
    login = {"mlflow_tracking_username": "alice", "mlflow_tracking_password": PASSWORD}
    own = settings(server, **login)
    client = registry_connection.client(own)
    client.create_registered_model(own.model_name)
    for _ in range(2):
        # A server takes no folder of its own disk.
        client.create_model_version(own.model_name, "s3://nowhere/model", tags=dict(BARE))
    client.set_registered_model_alias(own.model_name, own.model_alias, "1")
    by = registry_server.of(own)
    assert by is not None
    with pytest.raises(UserError, match="has no version named previous: there is nothing to go back to"):
        aliases.rollback(own, 1, by)
    for _ in range(2):
        aliases.promote(own, 2, 1, by)
        assert by.held() == aliases.MlflowAliases(own).held() == {"champion": "2", "previous": "1"}
    with pytest.raises(UserError, match="Version 2 became champion meanwhile, and version 3 was set against 1"):
        aliases.promote(own, 3, 1, by)
    for _ in range(2):
        assert aliases.rollback(own, 1, by) == (1, 2)
        assert by.held() == {"champion": "1", "previous": "2"}
    assert by.tags("1") == aliases.MlflowAliases(own).tags("1")
    assert not aliases.have_other_classes(own, 1, 2, by=by)
    other = registry_server.of(settings(server, mlflow_tracking_username="mallory", mlflow_tracking_password=PASSWORD))
    assert other is not None
    with pytest.raises(RegistryRefusedError, match=r"does not let us in \(403\)"):
        aliases.promote(own, 2, by=other)
    with pytest.raises(UnreachableError, match="answers"):
        by.move("champion", "99")
    assert by.held()["champion"] == "1"


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
