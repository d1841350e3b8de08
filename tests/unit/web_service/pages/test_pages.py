import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from tests.support.lake_rows import NOW, empty_lake
from tests.support.scorers import FunctionScorer
from tests.support.silver import Silver
from tests.support.waiting import wait_until
from tests.support.web import Answer, ask, served
from web_service.settings import WebSettings

HOSTILE = "</li><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VERSION = ModelVersion("tweet-sentiment", 7, LabelMap(POLAR), NeutralBand(), "run")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    lake = empty_lake(tmp_path_factory.mktemp("pages") / "lake")
    silver = Silver(lake)
    silver.append(["positive", "negative"], NOW, 6)
    silver.append(["negative"], NOW + timedelta(seconds=20), 7, HOSTILE)
    scorer = FunctionScorer(VERSION, lambda text: (0.25, 0.75))
    with served(scorer, WebSettings(lake_uri=lake.uri)) as port:
        wait_until(lambda: b"alert(1)" in page(port).body, what="silver is not shown")
        yield port


def page(port: int, path: str = "/") -> Answer:
    return ask(port, "GET", path, headers=BROWSER)


def test_a_page_may_run_nothing_but_our_own_files(port: int) -> None:
    for path in ("/", "/nowhere"):
        policy = page(port, path).headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "unsafe" not in policy


def test_a_tweet_is_text_whatever_it_holds(port: int) -> None:
    html = page(port).body.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "\u202e" not in html


def test_the_page_names_the_version_of_silver_that_its_numbers_are_of(port: int) -> None:
    state = ask(port, "GET", "/live/state").json
    html = page(port).body.decode()
    assert re.search(rf'id="snapshot"[^>]*>silver {state["versions"][0][1]}<', html)
    assert state["totals"] == [2, 0, 1]
    assert "2 of 3" in html


def test_the_switch_of_version_is_on_the_time_axis(port: int) -> None:
    assert [switch[1:] for switch in ask(port, "GET", "/live/state").json["switches"]] == [
        ["tweet-sentiment", 6],
        ["tweet-sentiment", 7],
    ]


def test_what_answers_a_program_with_a_problem_answers_a_browser_with_a_page(port: int) -> None:
    program, browser = ask(port, "GET", "/nowhere"), page(port, "/nowhere")
    assert (program.status, program.headers["content-type"]) == (404, "application/problem+json")
    assert (browser.status, browser.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert program.json["detail"] in browser.body.decode()


def test_the_navigation_leads_to_pages_that_are_there(port: int) -> None:
    links = re.findall(r'<a href="([^"]+)" data-key', page(port).body.decode())
    assert links
    assert {page(port, link).status for link in links} == {200}


def test_every_file_that_a_page_links_to_is_served_and_kept(port: int) -> None:
    files = re.findall(r'(?:href|src|data-worker)="(/static/[^"]+)"', page(port).body.decode())
    assert len(files) >= 6
    for file in files:
        answer = page(port, file)
        assert (answer.status, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        again = ask(port, "GET", file, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status, again.body) == (304, b"")


def test_nothing_but_these_files_is_served(port: int) -> None:
    for name in ("../rendering.py", "..%2frendering.py", "vendored/vendored.toml", "", "%00"):
        assert page(port, f"/static/{name}").status == 404


def test_the_first_page_is_small(port: int) -> None:
    html = page(port).body
    files = set(re.findall(r'(?:href|src|data-worker)="(/static/[^"]+)"', html.decode()))
    imported = {"/static/events.js", "/static/figures.js"}
    assert len(html) + sum(len(page(port, file).body) for file in files | imported) < 150_000


def test_csv_and_sql_are_of_the_same_steps(port: int) -> None:
    lines = ask(port, "GET", "/live/shares.csv").body.decode().splitlines()
    assert lines[0] == '"step_start","tweets","negative","neutral","positive","model_name","model_version"'
    assert [line.split(",")[1:5] for line in lines[1:]] == [["2", "1", "0", "1"], ["1", "1", "0", "0"]]
    assert b"FROM scored_tweets" in ask(port, "GET", "/live/shares.sql").body


def test_without_pages_it_only_scores(tmp_path: Path) -> None:
    with served(None, WebSettings(web_pages=False, lake_uri=str(tmp_path))) as port:
        assert page(port).status == 404
        assert ask(port, "GET", "/v2/health/live").status == 200
