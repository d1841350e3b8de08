from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from sentistream.lake.maintenance import log_retention
from stream_processor.tables import changes as touched_module
from stream_processor.tables.changes import Touched, TouchedMinutes

DAY = 29_455_200
"""The first minute of 2026-01-02."""
OLD = 26_298_721
"""2020-01-02, one minute past midnight."""


@pytest.fixture
def uri(tmp_path: Path) -> str:
    place = str(tmp_path / "a lake")
    append(place, "2026-01-02T00:00:30Z")
    return place


def append(uri: str, *moments: str) -> None:
    created = pa.array([datetime.fromisoformat(each) for each in moments], pa.timestamp("us", tz="UTC"))
    rows = pa.table({"created_at": created, "ingest_date": ["2026-01-02"] * len(moments)})
    write_deltalake(uri, rows, mode="append", partition_by=["ingest_date"])


def read(minutes: TouchedMinutes) -> Touched:
    minutes.read_on()
    return minutes.pending()


def test_each_commit_touches_the_minutes_of_its_rows_however_far_apart(uri: str) -> None:
    minutes = TouchedMinutes(DeltaTable(uri), 0)
    append(uri, "2026-01-02T00:01:59.999999Z", "2026-01-02T00:02:00Z")
    append(uri, "2020-01-02T00:01:30Z", "2026-01-02T00:02:00Z")
    assert read(minutes) == Touched(2, frozenset({DAY + 1, DAY + 2, OLD}))


def test_a_compaction_touches_nothing_a_removal_what_was_rewritten(uri: str) -> None:
    append(uri, "2020-01-02T00:01:30Z")
    minutes = TouchedMinutes(DeltaTable(uri), 1)
    DeltaTable(uri).optimize.compact()
    assert read(minutes) == Touched(2, frozenset())
    DeltaTable(uri).delete("created_at < '2021-01-01'")
    assert read(minutes) == Touched(3, frozenset({DAY, OLD}))


def test_what_is_settled_is_forgotten_unless_it_was_touched_again(uri: str) -> None:
    minutes = TouchedMinutes(DeltaTable(uri), 0)
    append(uri, "2026-01-02T00:01:00Z", "2026-01-02T00:02:00Z")
    done = read(minutes)
    append(uri, "2026-01-02T00:02:30Z")
    minutes.read_on()
    minutes.settle(done)
    assert minutes.pending() == Touched(2, frozenset({DAY + 2}))


def test_without_a_version_to_go_on_from_everything_is_touched(uri: str) -> None:
    minutes = TouchedMinutes(DeltaTable(uri), None)
    done = read(minutes)
    assert done == Touched(0, None)
    append(uri, "2026-01-02T00:02:30Z")
    minutes.settle(done)
    assert read(minutes) == Touched(1, frozenset({DAY + 2}))


def test_where_the_log_was_cleaned_up_everything_is_touched(uri: str) -> None:
    minutes = TouchedMinutes(DeltaTable(uri), 0)
    for _ in range(3):
        append(uri, "2026-01-02T00:01:00Z")
    DeltaTable(uri).create_checkpoint()
    append(uri, "2026-01-02T00:02:00Z")
    assert log_retention.shorten(DeltaTable(uri), kept=1) > 0
    done = read(minutes)
    assert done == Touched(4, None)
    append(uri, "2026-01-02T00:03:00Z")
    minutes.read_on()
    assert minutes.pending() == Touched(5, None)
    minutes.settle(done)
    assert minutes.pending() == Touched(5, frozenset({DAY + 3}))


def test_more_minutes_than_are_worth_naming_are_everything(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touched_module, "MOST_MINUTES", 2)
    minutes = TouchedMinutes(DeltaTable(uri), 0)
    append(uri, *(f"2026-01-02T00:{minute:02d}:00Z" for minute in range(10)))
    append(uri, "2026-01-02T00:00:00Z")
    assert read(minutes).minutes is None
