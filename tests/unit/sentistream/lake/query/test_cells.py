from decimal import Decimal

import orjson
import pyarrow as pa

from sentistream.lake.query import cells


def test_decimals_within_lists_keep_all_their_digits() -> None:
    digits = "12345678901234567890.123456789"
    column = pa.array([[Decimal(digits)]], pa.list_(pa.decimal128(38, 9)))
    assert cells.as_text(column).to_pylist() == [f"[{digits}]"]
    assert orjson.dumps(cells.as_json(column), default=cells.other).decode() == f"[[{digits}]]"
