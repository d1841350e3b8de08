from pathlib import Path

import pytest
from deltalake import DeltaTable

from sentistream.lake import follow, transactions
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import log_retention
from sentistream.lake.tables import SCORED
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables import changes as touched_module
from stream_processor.tables.changes import Touched, TouchedMinutes
from tests.support.gold_rows import tweet_at
from tests.support.lake_rows import TOPIC, batch, empty_lake

DAY = 29_455_200
"""The first minute of 2026-01-02."""
OLD = 26_298_721
"""2020-01-02, one minute past midnight."""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Its scored table is at version 1."""
    made = empty_lake(tmp_path / "a lake")
    append(made, "2026-01-02T00:00:30Z")
    return made


def scored(lake: Lake) -> DeltaTable:
    return lake.require(SCORED)


def append(lake: Lake, *moments: str) -> None:
    start = scored(lake).to_pyarrow_dataset().count_rows()
    values = [tweet_at(start + number, moment) for number, moment in enumerate(moments, 1)]
    LakeSink(lake, TOPIC).append(batch(values, start))


def after(lake: Lake, version: int) -> TouchedMinutes:
    """As a start finds it whose position says no more than the version."""
    return TouchedMinutes(lake, scored(lake), version, {})


def read(minutes: TouchedMinutes) -> Touched:
    minutes.read_on()
    return minutes.pending()


def test_each_commit_touches_the_minutes_of_its_rows_however_far_apart(lake: Lake) -> None:
    minutes = after(lake, 1)
    append(lake, "2026-01-02T00:01:59.999999Z", "2026-01-02T00:02:00Z")
    append(lake, "2020-01-02T00:01:30Z", "2026-01-02T00:02:00Z")
    assert read(minutes) == Touched(3, frozenset({DAY + 1, DAY + 2, OLD}))


def test_a_compaction_touches_nothing_a_removal_what_was_rewritten(lake: Lake) -> None:
    append(lake, "2020-01-02T00:01:30Z")
    minutes = after(lake, 2)
    scored(lake).optimize.compact()
    assert read(minutes) == Touched(3, frozenset())
    scored(lake).delete("created_at < '2021-01-01'")
    assert read(minutes) == Touched(4, frozenset({DAY, OLD}))


def test_what_is_settled_is_forgotten_unless_it_was_touched_again(lake: Lake) -> None:
    minutes = after(lake, 1)
    append(lake, "2026-01-02T00:01:00Z", "2026-01-02T00:02:00Z")
    done = read(minutes)
    append(lake, "2026-01-02T00:02:30Z")
    minutes.read_on()
    minutes.settle(done)
    assert minutes.pending() == Touched(3, frozenset({DAY + 2}))


def test_without_a_version_to_go_on_from_everything_is_touched(lake: Lake) -> None:
    minutes = TouchedMinutes(lake, scored(lake), None, {})
    done = read(minutes)
    assert done == Touched(1, None)
    append(lake, "2026-01-02T00:02:30Z")
    minutes.settle(done)
    assert read(minutes) == Touched(2, frozenset({DAY + 2}))


def cut_short(lake: Lake) -> None:
    """Three commits that the log no longer tells, and one that it does."""
    for _ in range(3):
        append(lake, "2026-01-02T00:01:00Z")
    scored(lake).create_checkpoint()
    append(lake, "2026-01-02T00:02:00Z")
    assert log_retention.shorten(scored(lake), kept=1) > 0


def test_where_the_log_was_cleaned_up_the_position_tells_what_was_added(lake: Lake) -> None:
    position = follow.marks(transactions.of(scored(lake)))
    minutes = TouchedMinutes(lake, scored(lake), 1, position)
    cut_short(lake)
    assert read(minutes) == Touched(5, frozenset({DAY + 1, DAY + 2}))
    append(lake, "2026-01-02T00:03:00Z")
    assert read(minutes) == Touched(6, frozenset({DAY + 1, DAY + 2, DAY + 3}))


def test_where_neither_the_log_nor_the_position_tells_everything_is_touched(lake: Lake) -> None:
    minutes = after(lake, 1)
    cut_short(lake)
    done = read(minutes)
    assert done == Touched(5, None)
    append(lake, "2026-01-02T00:03:00Z")
    minutes.read_on()
    assert minutes.pending() == Touched(6, None)
    minutes.settle(done)
    assert minutes.pending() == Touched(6, frozenset({DAY + 3}))


def test_more_minutes_than_are_worth_naming_are_everything(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touched_module, "MOST_MINUTES", 2)
    minutes = after(lake, 1)
    append(lake, *(f"2026-01-02T00:{minute:02d}:00Z" for minute in range(10)))
    append(lake, "2026-01-02T00:00:00Z")
    assert read(minutes).minutes is None
