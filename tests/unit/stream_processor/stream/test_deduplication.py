from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.stream.deduplication import RecentIds, first_occurrences

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ids(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def test_what_was_added_is_remembered_for_the_window() -> None:
    recent = RecentIds(HOUR)
    recent.add(ids(1, 2), START)
    recent.forget_before(START + HOUR)
    assert recent.contains(ids(1, 2, 3)).tolist() == [True, True, False]
    recent.forget_before(START + HOUR + timedelta(seconds=1))
    assert len(recent) == 0
    assert recent.contains(ids(1)).tolist() == [False]


def test_recent_ids_stay_when_older_ones_go() -> None:
    recent = RecentIds(HOUR)
    recent.add(ids(*range(100)), START)
    recent.add(ids(1000), START + HOUR)
    recent.forget_before(START + HOUR + timedelta(minutes=1))
    assert recent.contains(ids(1000)).all()


@given(st.lists(st.lists(st.integers(1, 300), max_size=30), max_size=30))
def test_membership_is_that_of_a_set(batches: list[list[int]]) -> None:
    recent, known = RecentIds(HOUR), set[int]()
    for number, batch in enumerate(batches):
        values = ids(*batch)
        assert recent.contains(values).tolist() == [value in known for value in batch]
        recent.add(values, START + timedelta(seconds=number))
        known.update(batch)


@given(st.lists(st.integers(1, 20)))
def test_the_first_of_each_id_is_kept(values: list[int]) -> None:
    kept = [value for value, first in zip(values, first_occurrences(ids(*values)), strict=True) if first]
    assert kept == list(dict.fromkeys(values))


def test_look_ups_visit_few_segments() -> None:
    recent = RecentIds(HOUR)
    for number in range(1000):
        recent.add(ids(*range(number * 10, number * 10 + 10)), START)
    assert len(recent) == 10_000
    assert len(recent._segments) <= 14
