import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from sentistream.lake import follow
from sentistream.lake.changed_days import LAST

A0, A1, B0 = "a/id-1/0", "a/id-1/1", "b/id-9/0"


def added(before: dict[str, int], now: dict[str, int], *rows: tuple[str, int, int]) -> list[tuple[str, int, int]]:
    expression = follow.added_since(before, now)
    assert expression is not None
    names = ("topic", "partition", "offset")
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    found = ds.dataset(table).to_table(filter=expression).to_pylist()
    return [(row["topic"], row["partition"], row["offset"]) for row in found]


def test_rows_beyond_a_partitions_offset_were_added_whatever_came_to_the_topic() -> None:
    rows = [("a", 0, 5), ("a", 0, 6), ("a", 1, 0), ("a", 1, 6), ("b", 0, 0)]
    assert added({A0: 5}, {A0: 6, A1: 6, B0: 0}, *rows) == rows[1:]
    assert added({A0: 6, A1: 6, B0: 0}, {A0: 6, A1: 6, B0: 0}, *rows) == []


@pytest.mark.parametrize(
    ("before", "now"),
    [
        # Of an earlier version, which noted no offsets.
        ({}, {A0: 5}),
        ({LAST: 7}, {A0: 5}),
        # A topic that was made again counts from 0.
        ({A0: 5}, {A0: 5, "a/id-2/0": 3}),
        ({A0: 5}, {A0: 5, "c/id-1/0": 3, "c/id-2/0": 1}),
    ],
)
def test_where_offsets_do_not_tell_it_says_so(before: dict[str, int], now: dict[str, int]) -> None:
    assert follow.added_since(before, now) is None


def test_a_position_holds_offsets_and_the_ends_of_the_chains_and_no_counts() -> None:
    said = {A0: 5, f"{A0}/scored": 6, "a": 99, "a/removed": 2, LAST: 7, follow.IN_FORCE: 8, "model/m/1/digest/1": 3}
    assert follow.marks(said) == {A0: 5, LAST: 7, follow.IN_FORCE: 8}
