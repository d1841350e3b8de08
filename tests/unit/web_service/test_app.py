"""The application answers HTTP as any client of it expects."""

from collections.abc import Iterator

import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from tests.support.scorers import FunctionScorer
from tests.support.web import ask, served
from web_service.settings import WebSettings


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with a scorer that costs nothing."""
    version = ModelVersion("tweet-sentiment", 1, LabelMap(POLAR), NeutralBand(), "run")
    with served(FunctionScorer(version, lambda text: (0.25, 0.75)), WebSettings()) as port:
        yield port


@pytest.mark.parametrize(
    "path", ["/v2/health/ready", "/ping", "/metrics", "/docs", "/openapi.json", "/score", "/nowhere"]
)
def test_head_answers_as_get_does_without_a_body(port: int, path: str) -> None:
    got, answer = ask(port, "GET", path), ask(port, "HEAD", path)
    assert got.body
    assert (answer.status, answer.headers["content-type"], answer.body) == (
        got.status,
        got.headers["content-type"],
        b"",
    )


def test_the_document_lists_each_door_once(port: int) -> None:
    paths = ask(port, "GET", "/openapi.json").json["paths"]
    assert {method for operations in paths.values() for method in operations} == {"get", "post"}


def test_head_is_counted_at_its_door(port: int) -> None:
    ask(port, "HEAD", "/v2/health/live")
    assert 'requests_total{door="/v2/health/live",status="200"} 1.0' in ask(port, "GET", "/metrics").body.decode()
