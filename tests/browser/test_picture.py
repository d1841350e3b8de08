"""The picture of the page Live in the README: of invented tweets, taken from the running system.

`WRITE_PICTURE=1 make test TESTS=tests/browser/test_picture.py` takes it anew, after some minutes of tweets.
"""

import os
from collections.abc import Callable

from tests.support.browser import Tab
from tests.support.commands import run_module
from tests.support.places import ROOT
from tests.support.streaming import Streaming

PICTURE = ROOT / "docs" / "dashboard.png"
LARGEST_BYTES = 300_000
TAKES = os.environ.get("WRITE_PICTURE") == "1"
TWEETS, RATE = (12_000, 80) if TAKES else (100, 100)


def test_a_picture_of_the_live_page_is_small(streaming: Streaming, open_tab: Callable[..., Tab]) -> None:
    streaming.keep_tables()
    page = open_tab(size=(1280, 800), color_scheme="light").open("/")
    shares = ("--late", "0.1", "--malformed", "0.001", "--duplicates", "0.001")
    published = ("synthetic", "--rate", str(RATE), "--limit", str(TWEETS), "--seed", "7", *shares)
    ended = run_module("producer", *published, env=streaming.environment)
    assert ended.returncode == 0, ended.stderr
    page.locator("#dot[data-state=live]" if TAKES else "#newest li").first.wait_for()
    taken = page.screenshot(path=PICTURE if TAKES else None)
    assert len(taken) <= LARGEST_BYTES


def test_the_readme_shows_it() -> None:
    assert f"]({PICTURE.relative_to(ROOT)})" in (ROOT / "README.md").read_text()
    assert PICTURE.stat().st_size <= LARGEST_BYTES
