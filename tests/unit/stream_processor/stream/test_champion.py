import socket
import threading
import time

import pytest
from structlog.testing import capture_logs

from sentistream.scoring import registry, registry_connection
from sentistream.scoring.errors import UnreachableError
from stream_processor.settings import ProcessorSettings
from stream_processor.stream import champion


def waiting_for(port: int, seconds: float) -> ProcessorSettings:
    uri = f"http://somebody:secret@127.0.0.1:{port}"
    return ProcessorSettings.from_options(mlflow_tracking_uri=uri, champion_wait_seconds=seconds)


@pytest.mark.parametrize("listens", [False, True], ids=["nobody listens", "it never answers"])
def test_a_registry_that_is_away_is_waited_for_with_a_word_and_as_long_as_is_set(
    listens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(champion, "SLOW_SECONDS", 0.2)
    monkeypatch.setitem(registry_connection.IMPATIENT, "MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listens:
            server.listen()
        settings = waiting_for(server.getsockname()[1], seconds=1.5)
        said_after: list[float] = []
        started = time.monotonic()
        monkeypatch.setattr(champion.log, "info", lambda *_, **__: said_after.append(time.monotonic() - started))
        with pytest.raises(UnreachableError, match=r"at http://127\.0\.0\.1:\d+ .* does not answer") as away:
            champion.wait(settings, threading.Event())
        took = time.monotonic() - started
    assert len(said_after) == 1
    assert said_after[0] < took
    assert 1.5 <= took < 60
    assert "secret" not in str(away.value)


def test_a_registry_that_comes_back_is_asked_for_its_champion(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([UnreachableError("It does not answer."), None, "a version"])

    def resolve(_: object) -> object:
        if isinstance(answer := next(answers), Exception):
            raise answer
        return answer

    monkeypatch.setattr(registry, "resolve", resolve)
    monkeypatch.setattr(champion, "CHAMPION_PAUSE_SECONDS", 0.01)
    with capture_logs() as lines:
        assert champion.wait(waiting_for(1, seconds=60), threading.Event()) == "a version"
    assert [line["event"] for line in lines] == ["waiting for the registry", "waiting for a model"]


def test_what_the_user_sets_of_mlflow_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    with registry_connection.impatient():
        assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "60"
        assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "0"
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "60"
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ
