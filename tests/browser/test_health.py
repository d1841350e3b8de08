"""The page Health while it streams: what was published is accounted for, and a dead letter opens its bytes."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browser import PATIENCE_MILLISECONDS, Tab
from tests.support.streaming import Streaming

HOSTILE = b"<img src=x onerror=alert(1)>\xff\x00"


def test_the_equation_follows_what_is_published(streaming: Streaming, open_tab: Callable[..., Tab]) -> None:
    page = open_tab().open("/health")
    before = page.locator("#equation strong").first.inner_text() if page.locator("#equation").count() else "0"
    ids = streaming.publish(*({"text": f"one more of {n}"} for n in range(7)))
    streaming.wait_for(ids)
    # Patched in place, without a reload.
    now = f"{int(before.replace(',', '')) + 7:,}"
    expect(page.locator("#equation strong").first).to_have_text(now, timeout=PATIENCE_MILLISECONDS)
    expect(page.locator("#equation")).to_contain_text("✓ true")
    expect(page.locator("#outstanding strong")).to_have_text("0", timeout=PATIENCE_MILLISECONDS)


def test_a_dead_letter_opens_its_bytes_as_text(streaming: Streaming, open_tab: Callable[..., Tab]) -> None:
    streaming.publish_records(HOSTILE)
    tab = open_tab()
    page = tab.open("/health")
    reason = page.locator("a", has_text="invalid_utf8")
    reason.wait_for()
    reason.click()
    page.wait_for_url("**/health?reason=invalid_utf8#letters")
    page.locator(".letters summary").first.click()
    expect(page.locator(".letters pre").first).to_have_text(r"<img src=x onerror=alert(1)>\xff\x00")
    # The address alone restores it.
    page.reload()
    expect(page.locator("#letters")).to_have_text("invalid_utf8")
