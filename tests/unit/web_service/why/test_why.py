"""The page that says why, in the application as it is served."""

import html
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.mllib import CompiledPipeline
from sentistream.scoring.sparkml import CompiledScorer
from tests.support import saved_pipelines as saved
from tests.support.lake_rows import NOW, empty_lake
from tests.support.silver import Silver
from tests.support.web import ask, served
from web_service.settings import WebSettings

VERSION = ModelVersion("tweet-sentiment", 7, LabelMap(POLAR), NeutralBand(), "run")
BROWSER = {"Accept": "text/html"}
TEXT = "I love this good day, but the end was bad"
HOSTILE = "</p><script>alert(1)</script> love"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("why")
    lake = empty_lake(folder / "lake")
    silver = Silver(lake)
    silver.append(["positive"], NOW, 7, TEXT)
    silver.append(["negative"], NOW, 6, HOSTILE)
    scorer = CompiledScorer(VERSION, CompiledPipeline.from_saved(saved.write(folder / "model", saved.linear())))
    # No registry: the version that scored the second tweet can't be had.
    nowhere = f"sqlite:///{folder}/mlflow.db"
    with served(scorer, WebSettings(lake_uri=lake.uri, mlflow_tracking_uri=nowhere)) as port:
        yield port


def shown(port: int, path: str) -> str:
    answer = ask(port, "GET", path, headers=BROWSER)
    assert answer.status == 200, answer.body
    return answer.body.decode()


def said(page: str) -> str:
    """The text that is explained, without markup."""
    [within] = re.findall(r'<p class="said"[^>]*>(.*?)</p>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", within))


def test_a_sentence_is_shown_whole_with_its_sum(port: int) -> None:
    page = shown(port, f"/why?text={quote(TEXT)}")
    assert said(page) == TEXT
    assert "= 3.00 = 0.00 to begin with +3.00 “love” +2.00 “good” -2.00 “bad”." in page
    assert re.search(r'class="weighs positive level-4" title="\+3.000, for positive">love<', page)
    assert re.search(r'class="weighs negative level-3" title="-2.000, for negative">bad<', page)
    assert "Without “love” it would be neutral" in page


def test_programs_get_the_same_numbers(port: int) -> None:
    found = ask(port, "GET", f"/why.json?text={quote(TEXT)}").json
    assert found["total"] == pytest.approx(found["start"] + sum(each["weight"] for each in found["contributions"]))
    scored = ask(port, "POST", "/score", f'"{TEXT}"', {"Content-Type": "application/json"}).json["results"][0]
    assert found["probabilities"] == scored["probabilities"]
    assert ask(port, "GET", "/why.json?text=+").json["reason"] == "not_explained"


def test_a_tweet_is_explained_by_the_version_that_scored_it_or_that_is_said(port: int) -> None:
    page = shown(port, "/why?id=1")
    assert said(page) == TEXT
    # Invented: 0.9 is not what the version gives.
    assert "Silver holds another score: positive, P(positive) 0.900000" in page
    assert "WHERE tweet_id = 1" in page
    other = shown(port, "/why?id=2")
    assert "Version <bdi>tweet-sentiment</bdi> 6, which scored this tweet as negative" in other
    assert "This is what tweet-sentiment 7 says of it." in other


def test_a_tweet_is_text_whatever_it_holds(port: int) -> None:
    for path in ("/why?id=2", f"/why?text={quote(HOSTILE)}"):
        page = shown(port, path)
        assert said(page) == HOSTILE
        assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("id=3", "The lake has no scored tweet 3."),
        ("id=x", "An id is a number"),
        ("text=+", "The text is empty or white space: the stream would not score it."),
        ("text=unknown", "it knows no n-gram of this text"),
    ],
)
def test_what_can_not_be_explained_is_said(port: int, asked: str, answer: str) -> None:
    assert answer in shown(port, f"/why?{asked}")
