import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sentistream.scoring import registry_connection
from sentistream.scoring.errors import UnreachableError
from sentistream.scoring.succession import registry_state, remembered
from sentistream.settings import RegistrySettings
from tests.support.registered import promote, register_a_name


class Answers(BaseHTTPRequestHandler):
    """What a registry's server says, as it is laid down."""

    said: tuple[int, bytes] = (200, b"{}")
    asked: tuple[str, ...] = ()

    def do_GET(self) -> None:
        type(self).asked += (f"{self.path} {self.headers.get('Authorization')}",)
        self.send_response(self.said[0])
        self.end_headers()
        self.wfile.write(self.said[1])

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Answers.said, Answers.asked = (200, b"{}"), ()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_files_state_changes_with_the_champion_and_its_tags_and_with_nothing_else(settings: RegistrySettings) -> None:
    first = registry_state.of(settings)
    register_a_name(settings)
    assert registry_state.of(settings) == first
    client = registry_connection.client(settings)
    client.set_model_version_tag(settings.model_name, "1", "languages", "en")
    tagged = registry_state.of(settings)
    promote(settings, 2)
    assert len({first, tagged, registry_state.of(settings)}) == 3
    assert registry_state.of(settings.model_copy(update={"model_alias": "Champion"})) == registry_state.of(settings)


def test_a_file_that_is_laid_out_otherwise_is_known_by_its_time_and_size(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    settings = RegistrySettings.from_options(mlflow_tracking_uri=f"sqlite:///{file}")
    states = set()
    for content in (b"", b"no database"):
        file.write_bytes(content)
        states.add(registry_state.of(settings))
    assert len(states) == 2


def test_a_servers_state_is_what_it_answers_and_it_is_asked_as_mlflow_asks(server: str) -> None:
    settings = RegistrySettings.from_options(mlflow_tracking_uri=f"http://user:p%40ss@{server}/below/")
    first = registry_state.of(settings)
    assert registry_state.of(settings) == first
    assert Answers.asked[0] == (
        "/below/api/2.0/mlflow/registered-models/alias?name=tweet-sentiment&alias=champion Basic dXNlcjpwQHNz"
    )
    for given, sent in (
        ({"mlflow_tracking_username": "user", "mlflow_tracking_password": "p@ss"}, "Basic dXNlcjpwQHNz"),
        ({"mlflow_tracking_token": "secret"}, "Bearer secret"),
    ):
        registry_state.of(RegistrySettings.from_options(mlflow_tracking_uri=f"http://{server}", **given))
        assert Answers.asked[-1].endswith(f" {sent}")
    Answers.said = (200, b'{"version": 2}')
    assert registry_state.of(settings) != first
    Answers.said = (404, b"")
    assert registry_state.of(settings) is not None


def test_what_only_mlflow_can_tell_is_left_to_it(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = RegistrySettings.from_options(mlflow_tracking_uri=f"http://{server}")
    Answers.said = (401, b"")
    assert registry_state.of(settings) is None
    Answers.said = (200, b"{}")
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    assert registry_state.of(settings) is None


@pytest.mark.parametrize("uri", ["http://user:secret@127.0.0.1:9", "sqlite:////nowhere/at/all.db"])
def test_a_registry_that_is_away_is_one_sentence_without_a_password(uri: str) -> None:
    with pytest.raises(UnreachableError) as refused:
        registry_state.of(RegistrySettings.from_options(mlflow_tracking_uri=uri))
    assert "secret" not in str(refused.value)


def test_what_served_last_is_known_again_under_its_registry_name_and_alias_alone(settings: RegistrySettings) -> None:
    from sentistream.scoring import registry

    version = registry.resolve(settings)
    assert version is not None
    remembered.write(settings, version)
    assert remembered.read(settings) == version
    for other in ({"model_alias": "previous"}, {"mlflow_tracking_uri": "http://elsewhere"}, {"model_name": "m"}):
        assert remembered.read(settings.model_copy(update=other)) is None
