"""The page over HTTP: what it shows is what is asked for, in any part of it, without a script."""

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.explored_lake import BEGIN, END, TRICKY_RULE, Row, explored_lake, rows
from tests.support.web import Answer, ask, served
from web_service.explore.selection import Selection
from web_service.settings import WebSettings

ALL_OF_IT = Selection(BEGIN, END)
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def tweets() -> list[Row]:
    made = rows(900)
    made[-1] |= {"text": f"=1+1 {HOSTILE}", "rules": [HOSTILE, TRICKY_RULE]}
    return made


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, tweets: list[Row]) -> Iterator[int]:
    lake = explored_lake(tmp_path_factory.mktemp("lake"), tweets)
    with served(None, WebSettings(lake_uri=lake.uri)) as port:
        yield port


def got(port: int, path: str, *pairs: tuple[str, str]) -> Answer:
    return ask(port, "GET", f"{path}?{urlencode(pairs)}")


def figures(page: Answer) -> str:
    """The figures at the top, as one line of text."""
    assert page.status == 200, page.body.decode()
    found = re.search(rb'<dl class="figures">(.*?)</dl>', page.body, re.DOTALL)
    assert found is not None, page.body.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", found[1].decode())).split())


def test_the_page_says_the_shares_of_what_is_selected(port: int, tweets: list[Row]) -> None:
    spanish = [row for row in tweets if row["lang"] == "es" and "train" in row["text"].lower()]
    negative = sum(row["sentiment"] == "negative" for row in spanish)
    page = got(port, "/explore", *ALL_OF_IT.pairs(), ("lang", "es"), ("q", "TRAIN"))
    share = f"{negative} of {len(spanish)}" if len(spanish) < 100 else f"{100 * negative / len(spanish):.0f} %"
    assert f"{len(spanish)} negative {share}" in figures(page)
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert b"style=" not in page.body


def test_without_a_filter_it_shows_the_last_hour_that_there_is(port: int, tweets: list[Row]) -> None:
    last = [row for row in tweets if row["created_at"] >= END - timedelta(hours=1)]
    assert figures(got(port, "/explore")).startswith(f"tweets {len(last)} ")


def test_foreign_text_is_text_in_every_part(port: int) -> None:
    for path in ("/explore", "/explore/tweets", "/explore/words"):
        page = got(port, path, *ALL_OF_IT.pairs(), ("rule", HOSTILE), ("q", '"><img src=x>'))
        assert page.status == 200
        assert b"<script>alert" not in page.body
        assert b"<img" not in page.body
    assert HOSTILE in html.unescape(got(port, "/explore/tweets", *ALL_OF_IT.pairs()).body.decode())


def test_a_part_alone_is_what_a_script_puts_into_the_page(port: int) -> None:
    for path in ("/explore", "/explore/tweets", "/explore/words"):
        whole = got(port, path, *ALL_OF_IT.pairs()).body
        part = got(port, path, *ALL_OF_IT.pairs(), ("bare", "1")).body
        assert b"<html" in whole
        assert b"<html" not in part


def test_csv_holds_the_rows_and_guards_text_for_spreadsheets(port: int, tweets: list[Row]) -> None:
    for chart in ("over_time", "by_hour", "by_language", "by_rule", "totals", "movers", "difference", "words"):
        answer = got(port, f"/explore/csv/{chart}", *ALL_OF_IT.pairs())
        assert answer.status == 200, chart
        assert answer.headers["content-type"].startswith("text/csv")
    by_language = list(
        csv.DictReader(io.StringIO(got(port, "/explore/csv/by_language", *ALL_OF_IT.pairs()).body.decode()))
    )
    assert sum(int(row["tweets"]) for row in by_language) == len(tweets)
    newest = next(csv.DictReader(io.StringIO(got(port, "/explore/csv/tweets", *ALL_OF_IT.pairs()).body.decode())))
    assert newest["text_quoted"] == f"'=1+1 {HOSTILE}"
    missing = got(port, "/explore/csv/no_such", *ALL_OF_IT.pairs())
    assert missing.status == 404


def test_two_selections_are_held_against_each_other(port: int) -> None:
    page = got(port, "/explore", *ALL_OF_IT.pairs(), ("lang", "es"), ("vs_lang", "en"))
    assert "against the other selection" in figures(page)
    assert got(port, "/explore/csv/other_totals", *ALL_OF_IT.pairs(), ("vs_lang", "en")).status == 200
    assert got(port, "/explore/words", *ALL_OF_IT.pairs(), ("vs_rule", "strike")).status == 200


def test_what_is_not_understood_is_said(port: int) -> None:
    answer = got(port, "/explore", ("from", "yesterday"))
    assert (answer.status, answer.json["reason"]) == (422, "unclear_filter")


def test_nothing_selected_is_said_with_what_to_do(port: int) -> None:
    page = got(port, "/explore", *ALL_OF_IT.pairs(), ("q", "no such word"))
    assert b"No tweet passes these filters" in page.body


def test_a_permanent_link_holds_its_versions_or_says_that_they_are_gone(port: int) -> None:
    page = got(port, "/explore", *ALL_OF_IT.pairs(), ("q", "train"))
    found = re.search(r'href="([^"]*at=[^"]*)">link to this', page.body.decode())
    assert found is not None
    link = html.unescape(found[1])
    assert b"no longer there" not in ask(port, "GET", link).body
    older = ask(port, "GET", re.sub(r"at=\d+", "at=2", link))
    assert figures(older) != figures(page)
    assert b"no longer there" in ask(port, "GET", re.sub(r"at=\d+", "at=9999", link)).body


def test_without_a_lake_the_page_says_what_to_do(tmp_path: Path) -> None:
    with served(None, WebSettings(lake_uri=str(tmp_path / "none"))) as port:
        answer = ask(port, "GET", "/explore")
    assert answer.status == 503
    assert "no processor has run" in answer.json["detail"]
