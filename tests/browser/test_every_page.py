"""What holds of every page that the navigation names: it can be read by everybody, on every screen, in every light, and asks nobody else."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.support import accessibility
from tests.support.browser import Tab
from tests.support.streaming import Streaming

BESIDE = ("/docs", "/health?reason=invalid_json", "/no-such-page")
"""What the navigation does not name."""


@pytest.fixture(scope="module", autouse=True)
def something_to_see(streaming: Streaming) -> None:
    streaming.keep_tables()
    streaming.publish_records(b"not JSON", b'{"data": {"text": "no id"}}')
    ids = streaming.publish(*({"text": f"a lovely day {n}", "lang": "en", "rules": ["days"]} for n in range(40)))
    streaming.wait_for(ids)
    streaming.wait_for_rejected(2)


def pages(tab: Tab) -> Iterator[Page]:
    """Each page in turn, in one tab."""
    first = tab.open("/")
    named = [link.get_attribute("href") or "" for link in first.locator("nav a").all()]
    assert {"/", "/health"} <= set(named)
    for path in (*named, *BESIDE):
        tab.page.goto(f"{tab.origin}{path}", wait_until="load")
        yield tab.page


def test_no_rule_of_wcag_2_2_aa_is_violated(open_tab: Callable[..., Tab]) -> None:
    found: list[str] = []
    for page in pages(open_tab(color_scheme="light")):
        found += accessibility.violations(page)
        page.emulate_media(color_scheme="dark")
        found += accessibility.violations(page, accessibility.WIDTHS[:1])
        page.emulate_media(color_scheme="light")
    assert found == []


def test_no_page_scrolls_sideways(open_tab: Callable[..., Tab]) -> None:
    wide = [each for page in pages(open_tab()) for each in accessibility.too_wide(page)]
    assert wide == []


def test_every_page_can_be_read_without_a_script(open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(java_script_enabled=False)
    for page in pages(tab):
        assert page.locator("h1").count() == 1, page.url
        assert page.locator("main, body").first.inner_text().strip(), page.url


def test_pages_are_reached_and_listed_by_keys(open_tab: Callable[..., Tab]) -> None:
    page = open_tab().open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("?")
    assert page.locator("dialog").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/health")
    assert page.locator("nav a[aria-current=page]").inner_text() == "Health"
    page.go_back()
    page.wait_for_url("**/")
