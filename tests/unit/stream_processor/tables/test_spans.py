import itertools
import re
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stream_processor.tables.spans import EVER, clipped, pieces, rows_within, spans, within

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
    moments = re.findall(r"'(\d{4}-\d\d-\d\dT[\d:]+Z)'", within("t", covered))
    assert moments == ["1970-01-01T00:00:00Z", "1970-01-01T00:02:00Z", "1970-01-02T23:59:00Z", "1970-01-03T00:00:00Z"]
    assert rows_within(covered).startswith(
        "window_date >= DATE '1970-01-01' AND window_date <= DATE '1970-01-02' AND ("
    )


DAYS = st.integers(0, 400).map(lambda day: datetime(2026, 1, 1, 13, tzinfo=UTC) + timedelta(days=day))
FILES = st.lists(st.tuples(st.integers(1, 1000), st.none() | DAYS, st.none() | DAYS), max_size=20)


@given(FILES)
def test_pieces_cover_all_time_whatever_the_statistics_say(
    files: list[tuple[int, datetime | None, datetime | None]],
) -> None:
    found = pieces(files, 500)
    assert found[0][0] == EVER[0]
    assert found[-1][1] == EVER[1]
    assert all(end == following for (_, end), (following, _) in itertools.pairwise(found))


def test_a_piece_holds_no_more_rows_than_it_may_but_for_a_single_day() -> None:
    days = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in range(1, 7)]
    files = list(zip((300, 200, 100, 900, 10, 10), days, days, strict=True))
    begins = [datetime(2026, 1, day, tzinfo=UTC).timestamp() // 60 for day in (3, 4, 5)]
    assert [first for first, _ in pieces(files, 500)[1:]] == begins


def test_what_is_clipped_begins_with_its_first_day() -> None:
    assert clipped([(0, 10), (1400, 1500), (3000, 3001)], date(1970, 1, 2)) == [(1440, 1500), (3000, 3001)]
