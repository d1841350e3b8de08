import random
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties

from sentistream.contracts.labels import SENTIMENTS
from sentistream.errors import UserError
from sentistream.lake import rows
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction
from sentistream.lake.query import engine
from sentistream.lake.tables import SCORED
from tests.support.lake_rows import NOW, empty_lake
from tests.support.silver import Silver
from web_service.feed import commits
from web_service.feed.feed import Feed
from web_service.feed.follower import Follower
from web_service.feed.newest import MOST
from web_service.feed.state import State
from web_service.feed.window import SPAN
from web_service.live import sql
from web_service.settings import WebSettings

DRAW = 7


def shown(feed: Feed) -> State:
    """What it shows after one more look."""
    feed._look()
    return feed.state


def require_equal_to_its_sql(state: State, lake: Lake) -> None:
    """Hold each number against the answer of the SQL that is offered for it, at the version that is named."""
    [(_, version)] = state.versions
    pinned = {SCORED: lake.open_version(SCORED, version)}
    answer = engine.ask(lake, sql.shares(state), pinned).to_pylist()
    assert [
        (int(row["step_start"].timestamp()), row["negative"], row["neutral"], row["positive"], row["model_version"])
        for row in answer
    ] == [(step.start, step.negative, step.neutral, step.positive, step.model[1]) for step in state.steps]
    assert state.totals == tuple(sum(row[name] for row in answer) for name in SENTIMENTS)
    newest = engine.ask(lake, sql.newest(state, MOST), pinned)["tweet_id"].to_pylist()
    assert newest == [tweet.tweet_id for tweet in state.tweets]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return empty_lake(tmp_path / "lake")


@pytest.fixture
def silver(lake: Lake) -> Silver:
    return Silver(lake)


@pytest.fixture
def feed(lake: Lake) -> Feed:
    return Feed(WebSettings(lake_uri=lake.uri))


def compact(lake: Lake) -> None:
    assert compaction.compact(lake.require(SCORED)).files_merged


def forget_half(lake: Lake) -> None:
    table = lake.require(SCORED)
    held = table.to_pyarrow_table()
    chosen = held.filter(pa.compute.equal(pa.compute.bit_wise_and(held["offset"], 1), 0))
    rows.delete(table, chosen, rows.removal(table, "forgotten", "forgotten", {"tweets": chosen.num_rows}))


def rescore(lake: Lake) -> None:
    """As a rescoring does it: by merge."""
    table = lake.require(SCORED)
    held = table.to_pyarrow_table().select([*rows.IDENTITY])
    again = held.append_column("model_version", pa.array([9] * held.num_rows, pa.int32()))
    again = again.append_column("sentiment", pa.array(["neutral"] * held.num_rows))
    merger = table.merge(again, rows.SAME_ROW, source_alias="s", target_alias="t", commit_properties=CommitProperties())
    merger.when_matched_update({"model_version": "s.model_version", "sentiment": "s.sentiment"}).execute()


@pytest.mark.parametrize("change", [compact, forget_half, rescore], ids=lambda each: each.__name__)
@pytest.mark.parametrize("is_late", [False, True], ids=["followed", "begun afterwards"])
def test_every_number_equals_its_sql_at_the_version_that_is_named(
    lake: Lake, silver: Silver, feed: Feed, change: Callable[[Lake], None], is_late: bool
) -> None:
    draw = random.Random(DRAW)  # noqa: S311 - a test's own
    at = NOW
    for number in range(12):
        at += timedelta(seconds=draw.uniform(0, 2.5 * SPAN / 12))
        silver.append(draw.choices(SENTIMENTS, k=draw.randint(1, 9)), at, 1 + (number > 5))
        if not is_late:
            require_equal_to_its_sql(shown(feed), lake)
    change(lake)
    require_equal_to_its_sql(shown(feed), lake)
    silver.append(["positive"] * 3, at + timedelta(seconds=2), 3)
    state = shown(feed)
    require_equal_to_its_sql(state, lake)
    assert state.switches[-1][2] == 3
    assert state.totals[2] >= 3


def test_the_window_ends_with_the_newest_tweet_however_long_ago_that_was(silver: Silver, feed: Feed) -> None:
    silver.append(["negative"], NOW)
    silver.append(["positive"], NOW + timedelta(seconds=SPAN + 60))
    assert shown(feed).totals == (0, 0, 1)


def test_a_version_that_went_back_is_marked_again(silver: Silver, feed: Feed) -> None:
    for number, version in enumerate([6, 7, 6]):
        silver.append(["positive"], NOW + timedelta(seconds=10 * number), version)
    assert [version for _, _, version in shown(feed).switches] == [6, 7, 6]


def test_a_log_that_no_longer_reaches_back_is_begun_anew(lake: Lake, silver: Silver) -> None:
    follower = Follower(lake.uri, threading.Event())
    silver.append(["negative"], NOW)
    follower.read_on(print)
    silver.append(["neutral"], NOW)
    silver.append(["positive"], NOW)
    table = lake.require(SCORED)
    table.create_checkpoint()
    for gone in range(table.version()):
        (Path(lake.location(SCORED)) / commits.entry(gone)).unlink()
    follower._verified = float("-inf")
    follower.read_on(print)
    assert follower.read_on(print) == (True, True)
    assert (follower.version, len(follower.newest.all())) == (table.version(), 3)


def test_another_table_in_the_same_place_is_begun_anew(lake: Lake, silver: Silver, tmp_path: Path) -> None:
    follower = Follower(lake.uri, threading.Event())
    silver.append(["negative"], NOW)
    follower.read_on(print)
    for changed in (False, True):
        if changed:
            Path(lake.uri).rename(tmp_path / "before")
            Silver(empty_lake(Path(lake.uri))).append(["positive"] * 2, NOW)
        follower._verified = float("-inf")
        assert follower.read_on(print) == (False, False)
    assert follower.read_on(print) == (True, True)
    assert len(follower.newest.all()) == 2


def test_without_a_lake_it_says_what_to_do(tmp_path: Path) -> None:
    feed = Feed(WebSettings(lake_uri=str(tmp_path / "nowhere")))
    with pytest.raises(UserError):
        feed._look()
    assert "no processor has run" in str(feed.state.missing)


def test_a_failure_that_nobody_foresaw_is_said_on_the_page(
    silver: Silver, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    silver.append(["positive"], NOW)
    shown(feed)

    def broken(*_: object) -> None:
        raise OSError("someone's secret")

    monkeypatch.setattr(commits, "read", broken)
    with pytest.raises(OSError, match="secret"):
        feed._look()
    assert str(feed.state.why).startswith("Silver can't be read now (OSError)")
    assert feed.state.totals == (0, 0, 1)


def test_what_left_the_window_takes_no_memory(silver: Silver, feed: Feed) -> None:
    for hours in range(5):
        silver.append(["negative"], NOW + timedelta(hours=hours))
        shown(feed)
    silver.append(["negative"], NOW)
    assert shown(feed).totals == (1, 0, 0)
    assert feed._follower is not None
    window = feed._follower.window
    assert (len(window._of_file), len(window._steps)) == (1, 1)
