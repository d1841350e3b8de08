"""The OpenAPI document is true: whatever is made from it gets one of the answers that it names, and never a failure of ours."""

from collections.abc import Iterator

import hypothesis
import pytest
import schemathesis

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from tests.support.scorers import FunctionScorer
from tests.support.web import served
from web_service.settings import WebSettings

CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
SHORT, LONG = 8, 1_000
"""Requests to each door, right ones and wrong ones; the long run is `make test-long`'s."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A server with a scorer that costs nothing."""
    version = ModelVersion("tweet-sentiment", 1, LabelMap(POLAR), NeutralBand(), "run")
    scorer = FunctionScorer(version, lambda text: (1 - 1 / (1 + len(text)), 1 / (1 + len(text))))
    with served(scorer, WebSettings()) as port:
        yield f"http://127.0.0.1:{port}"


def ask(address: str, examples: int) -> set[str]:
    """Make requests from the document, right and wrong ones; the doors."""
    document, doors = schemathesis.openapi.from_url(f"{address}/openapi.json"), set()
    for found in document.get_all_operations():
        door = found.ok()
        for mode in schemathesis.GenerationMode:
            # Without a body only a path could be wrong.
            if mode is schemathesis.GenerationMode.POSITIVE or door.body:
                answered(door.as_strategy(generation_mode=mode), examples)
        doors.add(door.label)
    return doors


def answered(cases: hypothesis.strategies.SearchStrategy[schemathesis.Case], examples: int) -> None:
    @hypothesis.settings(max_examples=examples, suppress_health_check=list(hypothesis.HealthCheck), database=None)
    @hypothesis.seed(7)
    @hypothesis.given(case=cases)
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=schemathesis.checks.CHECKS.get_by_names(CHECKS))

    check()


def test_requests_made_from_the_document_get_the_answers_that_it_names(address: str) -> None:
    assert {"POST /score", "POST /invocations", "POST /v2/models/{model_name}/infer"} < ask(address, SHORT)


@pytest.mark.long
def test_many_of_them_do(address: str) -> None:
    ask(address, LONG)
