import itertools

from hypothesis import given
from hypothesis import strategies as st

from stream_processor.tables.per_minute import rows_within, spans, within

MINUTES = st.sets(st.integers(0, 3000), max_size=60)


@given(MINUTES, st.integers(1, 8))
def test_spans_cover_every_minute_and_are_few_and_apart(minutes: set[int], most: int) -> None:
    found = spans(minutes, most)
    assert len(found) <= most
    assert all(any(first <= minute < end for first, end in found) for minute in minutes)
    assert all(first in minutes and end - 1 in minutes for first, end in found)
    assert all(end < following for (_, end), (following, _) in itertools.pairwise(found))


@given(MINUTES)
def test_spans_cover_nothing_else_where_they_may_be_many(minutes: set[int]) -> None:
    assert {minute for first, end in spans(minutes, 100) for minute in range(first, end)} == minutes


def test_the_widest_gaps_are_the_ones_left_out() -> None:
    assert spans([1, 2, 5, 100, 103, 900], 3) == [(1, 6), (100, 104), (900, 901)]


def test_predicates_name_moments_and_days_in_utc() -> None:
    covered = [(0, 2), (2 * 1440 - 1, 2 * 1440)]
    first = "(t >= TIMESTAMP '1970-01-01 00:00:00Z' AND t < TIMESTAMP '1970-01-01 00:02:00Z')"
    second = "(t >= TIMESTAMP '1970-01-02 23:59:00Z' AND t < TIMESTAMP '1970-01-03 00:00:00Z')"
    assert within("t", covered) == f"{first} OR {second}"
    assert rows_within(covered).startswith(
        "window_date >= DATE '1970-01-01' AND window_date <= DATE '1970-01-02' AND ("
    )
