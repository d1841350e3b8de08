"""Debian's Chromium, driven by Playwright's wheel, and all that a page does there which it may not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]
"""In a container there is neither a user namespace nor much of /dev/shm."""
DESK = (1440, 900)
PATIENCE_MILLISECONDS = 120_000
"""What the busiest machine may take."""
WATCH = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
"""Playwright's own scripts are not under the page's policy."""
REFUSED = "Failed to load resource: the server responded with a status of"
"""What the console says of a page that is a refusal, too."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; where there is no Chromium the test is skipped, and in CI it fails."""
    place = next(filter(None, map(which, NAMES)), None)
    if place is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have Chromium (Debian's package `chromium`), and it is not on the path.")
        pytest.skip("there is no Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=place, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Tab:
    """A page of the service in a context of its own."""

    page: Page
    origin: str
    faults: list[str] = field(default_factory=list)
    """What the page may not do: errors, breaches of its policy, dialogs, requests to others."""

    def open(self, path: str) -> Page:
        """Go to a page of the service; its document is there, and its scripts have run."""
        answer = self.page.goto(f"{self.origin}{path}", wait_until="load")
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        return self.page


@contextmanager
def tab(browser: Browser, origin: str, size: tuple[int, int] = DESK, **options: Any) -> Iterator[Tab]:
    """A new tab, in which a fault fails the test when it is closed.

    Args:
        browser: where.
        origin: of the service, `http://127.0.0.1:PORT`; whatever else is asked is a fault.
        size: width and height in CSS pixels.
        options: of `Browser.new_context`, such as `color_scheme` and `java_script_enabled`.
    """
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", timezone_id="UTC", **options
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    try:
        opened = _watched(context, origin)
        yield opened
    finally:
        context.close()
    assert not opened.faults, opened.faults


def _watched(context: BrowserContext, origin: str) -> Tab:
    context.add_init_script(WATCH)
    page = context.new_page()
    opened = Tab(page, origin)

    def on_console(message: ConsoleMessage) -> None:
        is_the_page = message.text.startswith(REFUSED) and message.location["url"] == page.url
        if message.type == "error" and not is_the_page:
            opened.faults.append(message.text)

    def on_dialog(dialog: Dialog) -> None:
        opened.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if not request.url.startswith((f"{origin}/", "data:", "blob:")):
            opened.faults.append(f"asks {request.url}")

    page.on("console", on_console)
    page.on("dialog", on_dialog)
    page.on("request", on_request)
    page.on("pageerror", lambda error: opened.faults.append(str(error)))
    return opened
