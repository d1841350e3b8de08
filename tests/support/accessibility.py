"""WCAG by axe-core, and what a page is looked at by: widths and light."""

import importlib.resources
from collections.abc import Sequence
from functools import cache
from typing import Any

from playwright.sync_api import Page

WIDTHS = (1440, 390, 360)
"""A desk, a phone, a small one; in CSS pixels."""
HEIGHT = 900
NEEDED = "document.documentElement.scrollWidth"
LOOKS, LOOK_MILLISECONDS = 50, 200
"""How long a page may take to fit its window."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""WCAG 2.2, level AA, as axe-core calls it."""


@cache
def _axe() -> str:
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, widths: Sequence[int] = (WIDTHS[0], WIDTHS[-1])) -> list[str]:
    """Rules that the page breaks, by default on a desk and on a small phone, each with the element."""
    # Evaluated by the browser's debugger, which the page's policy does not bind.
    page.evaluate(_axe())
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    broken: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
        broken += [
            f"{page.url} at {width} px: {rule['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]
    return broken


def too_wide(page: Page) -> list[str]:
    """Widths at which the page scrolls sideways as a whole."""
    wide: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        needed = page.evaluate(NEEDED)
        for _ in range(LOOKS):
            if needed <= width:
                break
            # A chart is drawn anew after its box has changed.
            page.wait_for_timeout(LOOK_MILLISECONDS)
            needed = page.evaluate(NEEDED)
        else:
            wide.append(f"{page.url} at {width} px takes {needed}")
    return wide
