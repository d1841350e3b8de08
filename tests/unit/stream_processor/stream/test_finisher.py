from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from stream_processor.stream.finisher import without_rows


def test_what_delta_says_of_a_row_that_it_refuses_is_told_without_the_row(tmp_path: Path) -> None:
    rows = pa.table({"text": ["a secret\nCaused by: a secret"], "number": [-1]})
    write_deltalake(str(tmp_path), rows.slice(0, 0))
    table = DeltaTable(str(tmp_path))
    table.alter.add_constraint({"positive": "number > 0"})
    with pytest.raises(DeltaError) as refused:
        write_deltalake(table, rows, mode="append")
    assert "secret" in str(refused.value)
    told = without_rows(refused.value)
    assert "secret" not in told
    assert "failed validation check" in told


def test_of_other_errors_only_the_kind_is_told_but_the_systems() -> None:
    assert without_rows(pa.ArrowInvalid("Could not convert 'a secret'")) == "ArrowInvalid."
    assert without_rows(OSError("Generic S3 error: timed out")) == "Generic S3 error: timed out"
