from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.stream.deduplication.recent_ids import RecentIds

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
    for number, batch in enumerate(batches):
        expected = [(value, 2 * value) for value in batch for _ in range(remembered.count(value))]
        assert sorted(known(recent, *batch)) == sorted(expected)
        add(recent, *batch, at=START + timedelta(seconds=number))
        remembered += batch


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
