"""Tweets, rules, languages, model names and dead letters that are markup are text on every page: none is obeyed, all can be read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pyarrow as pa
import pytest
from playwright.sync_api import Browser

from sentistream.lake.lake import Lake
from sentistream.terminal import shown
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.gold import Gold
from tests.support.browser import Tab, tab
from tests.support.lake_rows import TOPIC, batch, empty_lake
from tests.support.markup import MARKUP, OBEYED
from tests.support.web import served
from web_service.settings import WebSettings

PATHS = ("/", "/explore", "/models", "/why", "/health", "/health?reason=invalid_json")


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


@pytest.mark.parametrize("path", PATHS)
def test_nothing_hostile_is_obeyed(watched: Tab, path: str) -> None:
    page = watched.open(path)
    page.wait_for_timeout(300)
    for details in page.locator("details").all():
        details.locator("summary").first.click()
    assert [each for each in OBEYED if page.locator(f"body {each}, head {each}").count()] == []
    # It was shown, so the test has something to hold.
    assert "alert('obeyed')" in page.locator("main").inner_text()


def test_all_dead_letters_can_be_read(watched: Tab) -> None:
    page = watched.open("/health?reason=invalid_json")
    read = {text for each in page.locator("pre").all() if (text := each.text_content())}
    assert read <= set(map(shown, MARKUP))
    assert len(read) == min(len(MARKUP), 20)
