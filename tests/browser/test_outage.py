"""A processor that is killed, and comes back, while somebody looks."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browser import PATIENCE_MILLISECONDS, Tab
from tests.support.streaming import Streaming
from tests.support.waiting import wait_until


def test_a_killed_processor_turns_the_dot_and_its_return_turns_it_back(
    streaming: Streaming, open_tab: Callable[..., Tab]
) -> None:
    page = open_tab().open("/")
    dot = page.locator("#dot")

    def is_live() -> bool:
        # A busy machine may be late with one tweet, not with all.
        streaming.publish({"text": "one more"})
        return dot.get_attribute("data-state") == "live" and page.locator("#waiting").inner_text() == ""

    wait_until(is_live, what="the dot is not green", alive=[streaming.processor])
    streaming.kill_processor()
    expect(dot).to_have_attribute("data-state", re.compile("late|stale"), timeout=PATIENCE_MILLISECONDS)
    ids = streaming.publish({"text": "while nobody scores"})
    expect(dot).to_have_attribute("data-state", "stale", timeout=PATIENCE_MILLISECONDS)
    expect(page.locator("#waiting")).to_contain_text("the stream processor does not run")
    streaming.return_processor()
    streaming.wait_for(ids)
    wait_until(is_live, what="the dot does not turn back", alive=[streaming.processor])
