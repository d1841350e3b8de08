from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import SCORED, TABLES
from stream_processor.stream.deduplication import recent_ids
from stream_processor.stream.deduplication.recent_ids import RecentIds
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import NOW, TOPIC, batch, tweet

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ids(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def add(recent: RecentIds, *values: int, at: datetime = START) -> None:
    """A fingerprint is its id's double, so that a mix-up shows."""
    recent.add(ids(*values), ids(*values).astype(np.uint64) * 2, at, at)


def known(recent: RecentIds, *values: int) -> list[tuple[int, int]]:
    return [
        (values[row], remembered)
        for each in recent.known(ids(*values))
        for row, remembered in zip(each.rows.tolist(), each.fingerprints.tolist(), strict=True)
    ]


def test_what_was_added_is_remembered_for_the_window() -> None:
    recent = RecentIds(HOUR)
    add(recent, 2, 1)
    recent.forget_before(START + HOUR)
    assert sorted(known(recent, 1, 2, 3)) == [(1, 2), (2, 4)]
    recent.forget_before(START + HOUR + timedelta(seconds=1))
    assert len(recent) == 0
    assert known(recent, 1) == []


def test_recent_ids_stay_when_older_ones_go() -> None:
    recent = RecentIds(HOUR)
    add(recent, *range(100))
    add(recent, 1000, at=START + HOUR)
    recent.forget_before(START + HOUR + timedelta(minutes=1))
    assert known(recent, 1000) == [(1000, 2000)]


@given(st.lists(st.lists(st.integers(1, 300), max_size=30), max_size=30))
def test_each_id_that_was_scored_is_known_by_each_of_its_fingerprints(batches: list[list[int]]) -> None:
    recent, remembered = RecentIds(HOUR), list[int]()
    for number, each in enumerate(batches):
        expected = [(value, 2 * value) for value in each for _ in range(remembered.count(value))]
        assert sorted(known(recent, *each)) == sorted(expected)
        add(recent, *each, at=START + timedelta(seconds=number))
        remembered += each


def test_a_known_id_says_between_which_times_it_came() -> None:
    recent = RecentIds(HOUR)
    add(recent, *range(10), at=START)
    add(recent, *range(10, 15), at=START + HOUR)
    [each] = recent.known(ids(12))
    assert each.earliest <= START + HOUR <= each.latest


def test_look_ups_visit_few_segments_and_an_id_takes_sixteen_bytes() -> None:
    recent = RecentIds(HOUR)
    for number in range(1000):
        add(recent, *range(number * 10, number * 10 + 10))
    assert len(recent) == 10_000
    assert len(recent._segments) <= 14
    assert recent.bytes_held == 16 * len(recent)


def test_segments_of_the_same_time_stay_at_sixteen_bytes_an_id_once_their_texts_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_ids, "LARGEST_SEGMENT", 3)
    lake = Lake(str(tmp_path))
    for table in TABLES:
        create.create(lake, table)
    LakeSink(lake, TOPIC).append(batch([tweet(number) for number in range(1, 10)]))
    recent = RecentIds.rebuild(lake.require(SCORED), HOUR, NOW)
    for _ in range(2):
        assert [each.rows.tolist() for each in recent.known(ids(*range(1, 10)))] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
        assert (len(recent), recent.bytes_held) == (9, 9 * 16)


def test_an_id_that_was_scored_again_is_held_once_for_each_text(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    for table in TABLES:
        create.create(lake, table)
    other = b'{"data": {"id": "1", "text": "quite another"}}'
    for start, value in enumerate((tweet(1), tweet(1), other)):
        # Without `resume` nothing is remembered.
        LakeSink(lake, TOPIC).append(batch([value], start))
    recent = RecentIds.rebuild(lake.require(SCORED), HOUR, NOW)
    assert [each.rows.tolist() for each in recent.known(ids(1))] == [[0, 0]]
    assert recent.bytes_held == 2 * 16
