import pyarrow as pa

from sentistream.lake.rows import portions


def test_portions_hold_every_row_in_order_and_only_the_last_is_small() -> None:
    tables = (pa.table({"n": range(first, first + 3)}) for first in range(0, 12, 3))
    held = [portion["n"].to_pylist() for portion in portions(tables, 5)]
    assert held == [list(range(6)), list(range(6, 12))]
    assert [each.num_rows for each in portions([pa.table({"n": [1]})], 5)] == [1]
    assert list(portions([], 5)) == []
