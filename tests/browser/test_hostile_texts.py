"""Tweets, rules, languages, model names and dead letters that are markup are text on every page: none is obeyed, all can be read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pyarrow as pa
import pytest
from playwright.sync_api import Browser, expect

from sentistream.lake.lake import Lake
from sentistream.terminal import shown
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.gold import Gold
from tests.support.browser import PATIENCE_MILLISECONDS, Tab, tab
from tests.support.lake_rows import TOPIC, batch, empty_lake
from tests.support.markup import MARKUP, OBEYED
from tests.support.web import served
from web_service.settings import WebSettings

HOLDS = "alert('obeyed')"
SHOW_THEM = frozenset({"/", "/explore", "/health?reason=invalid_json"})
"""Pages that show tweets or dead letters as they come, where they are there."""
BESIDE = ("/health?reason=invalid_json", "/health?reason=%3Cscript%3Ealert(1)%3C/script%3E")
"""What the navigation does not name."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """All that comes from outside, hostile: written now, so that every page shows it."""
    lake = empty_lake(tmp_path_factory.mktemp("hostile") / "a lake")
    now = datetime.now(UTC) - timedelta(minutes=2)
    tweets = [_tweet(number, text, now) for number, text in enumerate(MARKUP, 1)]
    rows = batch([*tweets, *(text.encode() for text in MARKUP)], arrived=now)
    at = rows.column_names.index("model_name")
    LakeSink(lake, TOPIC).append(rows.set_column(at, "model_name", pa.repeat(MARKUP[0], rows.num_rows)))
    gold = Gold(lake)
    gold.update()
    gold.finish()
    return lake


@pytest.fixture(scope="module")
def origin(lake: Lake) -> Iterator[str]:
    with served(None, WebSettings.from_options(lake_uri=lake.uri, kafka_bootstrap_servers="127.0.0.1:1")) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def watched(browser: Browser, origin: str) -> Iterator[Tab]:
    with tab(browser, origin) as opened:
        yield opened


def _tweet(number: int, text: str, at: datetime) -> bytes:
    data = {"id": str(number), "text": text, "lang": text, "created_at": at.isoformat(timespec="milliseconds")}
    return orjson.dumps({"data": data, "matching_rules": [{"id": "1", "tag": text}]})


def test_nothing_hostile_is_obeyed(watched: Tab) -> None:
    named = [link.get_attribute("href") or "" for link in watched.open("/").locator("nav a").all()]
    assert {"/", "/health"} <= set(named)
    for path in (*named, *BESIDE):
        page = watched.open(path)
        for details in page.locator("details").all():
            details.locator("summary").first.click()
        if path in SHOW_THEM:
            # It is shown, so the test has something to hold.
            expect(page.locator("main")).to_contain_text(HOLDS, timeout=PATIENCE_MILLISECONDS)
        obeyed = [each for each in OBEYED if page.locator(f"body {each}, head {each}").count()]
        assert obeyed == [], path


def test_all_dead_letters_can_be_read(watched: Tab) -> None:
    page = watched.open("/health?reason=invalid_json")
    read = {text for each in page.locator("pre").all() if (text := each.text_content())}
    assert read <= set(map(shown, MARKUP))
    assert len(read) == min(len(MARKUP), 20)


def test_the_same_texts_are_obeyed_by_a_page_that_takes_them_for_markup(browser: Browser, origin: str) -> None:
    with (
        pytest.raises(AssertionError, match="dialog: obeyed"),
        tab(browser, origin) as opened,
        opened.page.expect_event("dialog"),
    ):
        opened.page.set_content("".join(MARKUP[2:6]))
