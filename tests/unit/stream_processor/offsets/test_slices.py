import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.offsets.slices import INLINE_BYTES, is_complete, slices


def batch(*rows: tuple[int, int, int]) -> pa.Table:
    return pa.table(
        {
            "partition": pa.array([row[0] for row in rows], pa.int32()),
            "offset": pa.array([row[1] for row in rows], pa.int64()),
            "value_bytes": pa.array([row[2] for row in rows], pa.int64()),
        }
    )


def test_a_slice_holds_what_fits_and_never_two_partitions() -> None:
    found = list(slices(batch((0, 5, 40), (0, 6, 40), (0, 7, 40), (1, 0, 10)), limit=100))
    assert found == [{0: (5, 7)}, {0: (7, 8)}, {1: (0, 1)}]


def test_a_record_larger_than_the_limit_comes_alone() -> None:
    assert list(slices(batch((0, 1, 500), (0, 2, 1)), limit=100)) == [{0: (1, 2)}, {0: (2, 3)}]


@given(st.lists(st.integers(0, 150), max_size=50))
def test_every_offset_is_in_one_slice(sizes: list[int]) -> None:
    rows = batch(*((0, offset, size) for offset, size in enumerate(sizes)))
    covered = [
        offset for part in slices(rows, limit=100) for start, end in part.values() for offset in range(start, end)
    ]
    assert covered == list(range(len(sizes)))


def test_a_value_left_out_is_noticed_and_a_tombstone_is_none() -> None:
    sizes = ([5, 5], [None, 5], [5, INLINE_BYTES + 1])
    assert [is_complete(pa.table({"value_bytes": pa.array(each, pa.int32())})) for each in sizes] == [True, True, False]
