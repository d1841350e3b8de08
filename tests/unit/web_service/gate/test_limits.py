import socket
import threading
from collections.abc import Sequence

import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from tests.support.scorers import FunctionScorer
from tests.support.web import Answer, ask, served
from web_service.settings import WebSettings

JSON = {"Content-Type": "application/json"}
HEAD = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"


class Held:
    """A scorer's function that waits until it may go on."""

    def __init__(self) -> None:
        self.begun, self.may_go = threading.Event(), threading.Event()

    def __call__(self, text: str) -> Sequence[float]:
        self.begun.set()
        self.may_go.wait(60)
        return 0.1, 0.9


@pytest.fixture
def held() -> Held:
    return Held()


def scorer(held: Held) -> FunctionScorer:
    """One that was measured to be slow, so that it scores beside the event loop."""
    held.may_go.set()
    version = ModelVersion("tweet-sentiment", 1, LabelMap(POLAR), NeutralBand(), "run")
    made = FunctionScorer(version, held, 0.001)
    for _ in range(2):
        made.score(["a"] * 20)
    held.begun.clear()
    held.may_go.clear()
    return made


def test_more_at_once_than_is_allowed_is_asked_to_come_again(held: Held) -> None:
    answers: list[Answer] = []
    with served(scorer(held), WebSettings(web_concurrency=1)) as port:
        first = threading.Thread(target=lambda: answers.append(ask(port, "POST", "/score", '"a"', JSON)))
        first.start()
        assert held.begun.wait(60)
        refused = ask(port, "POST", "/score", '"a"', JSON)
        assert ask(port, "GET", "/v2/health/ready").status == 200
        held.may_go.set()
        first.join()
    assert (refused.status, refused.json["reason"], refused.headers["retry-after"]) == (429, "too_many_requests", "1")
    assert [each.status for each in answers] == [200]


def test_an_answer_that_takes_too_long_is_given_up(held: Held) -> None:
    with served(scorer(held), WebSettings(web_seconds=0.2)) as port:
        refused = ask(port, "POST", "/score", '"a"', JSON)
        held.may_go.set()
    assert (refused.status, refused.json["reason"]) == (503, "too_slow")


def test_a_body_that_does_not_come_is_given_up(held: Held) -> None:
    with (
        served(scorer(held), WebSettings(web_seconds=0.2)) as port,
        socket.create_connection(("127.0.0.1", port), timeout=60) as connection,
    ):
        connection.sendall(HEAD + b'"a ')
        assert connection.recv(65_536).startswith(b"HTTP/1.1 408")
        # Of what else comes nothing is read.
        while connection.recv(65_536):
            pass


def test_without_a_version_every_door_says_so_and_it_lives() -> None:
    with served(None, WebSettings()) as port:
        for method, path in (
            ("POST", "/score"),
            ("POST", "/invocations"),
            ("GET", "/ping"),
            ("GET", "/v2/health/ready"),
        ):
            body = '{"inputs": ["a"]}' if path == "/invocations" else '"a"' if method == "POST" else None
            refused = ask(port, method, path, body, JSON if body else None)
            assert (refused.status, refused.json["reason"]) == (503, "not_ready")
        assert ask(port, "GET", "/v2/health/live").status == 200
