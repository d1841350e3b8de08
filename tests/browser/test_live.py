"""The page Live while it streams: what is published is seen without a reload, and taken along as CSV."""

import csv
import io
from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browser import PATIENCE_MILLISECONDS, Tab
from tests.support.streaming import Streaming

TEXT = 'the {number}. lovely morning, 日本語 and "quotes", <b>as they are</b>'


def test_a_tweet_comes_to_every_open_tab_without_a_reload(streaming: Streaming, open_tab: Callable[..., Tab]) -> None:
    tabs = [open_tab().open("/") for _ in range(2)]
    for page in tabs:
        page.evaluate("window.wasNotReloaded = true")
    streaming.publish(*({"text": TEXT.format(number=number), "lang": "ja"} for number in range(5)))
    for page in tabs:
        newest = page.locator("#newest li").filter(has_text=TEXT.format(number=4))
        expect(newest).to_be_visible(timeout=PATIENCE_MILLISECONDS)
        expect(newest.locator(".sentiment")).to_have_text("positive")
        expect(page.locator("#snapshot")).to_contain_text("silver")
        assert page.evaluate("window.wasNotReloaded")


def test_what_is_shown_is_taken_along_as_csv_and_sql(streaming: Streaming, open_tab: Callable[..., Tab]) -> None:
    streaming.wait_for(streaming.publish({"text": "one to be counted"}))
    page = open_tab().open("/")
    expect(page.locator("#newest li").first).to_be_visible(timeout=PATIENCE_MILLISECONDS)
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").first.click()
    rows = list(csv.DictReader(io.StringIO(taken.value.path().read_text(encoding="utf-8"))))
    assert sum(int(row["tweets"]) for row in rows) > 0
    for row in rows:
        assert int(row["tweets"]) == sum(int(row[name]) for name in ("negative", "neutral", "positive"))
    href = page.get_by_role("link", name="SQL").first.get_attribute("href")
    answer = page.request.get(f"{streaming.origin}{href}")
    assert answer.ok
    assert "scored_tweets" in answer.text()
