import pytest

from web_service.doors import bodies
from web_service.problems import ProblemError
from web_service.settings import WebSettings


@pytest.mark.parametrize("beside", ["data", "text", "note_tweet"])
def test_two_forms_in_one_request_are_refused_and_neither_is_dropped(beside: str) -> None:
    with pytest.raises(ProblemError, match="give one of them"):
        bodies.of({"texts": ["good"], beside: "bad"}, WebSettings.from_options())


def test_every_form_gives_the_same_text() -> None:
    forms = (
        "good",
        ["good"],
        {"texts": ["good"]},
        {"data": {"text": "good"}},
        {"data": [{"text": "good"}]},
        {"text": "good"},
    )
    assert {tuple(bodies.of(each, WebSettings.from_options()).sound) for each in forms} == {("good",)}
