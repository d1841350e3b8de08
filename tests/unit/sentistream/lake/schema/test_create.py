from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import PER_MINUTE

MINUTE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def of_minute(schema: pa.Schema, tweets: int) -> pa.Table:
    counts = {"tweets": tweets, "negative": 1, "neutral": 0, "positive": 0}
    row = {"window_start": MINUTE, "lang": "en", "rule": "*", "mean_p_positive": 0.5, "window_date": MINUTE.date()}
    return pa.Table.from_pylist([row | counts], schema)


def test_a_table_that_delta_rs_made_holds_its_constraints_from_the_first_commit_on(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    assert create.create(lake, PER_MINUTE).version() == 0
    table = lake.require(PER_MINUTE)
    schema = pa.schema(table.schema().to_arrow())
    with pytest.raises(DeltaError, match="1 rows failed validation check"):
        write_deltalake(table, of_minute(schema, tweets=2), mode="append")
    write_deltalake(table, of_minute(schema, tweets=1), mode="append")
    assert DeltaTable(lake.location(PER_MINUTE)).to_pyarrow_table()["tweets"].to_pylist() == [1]
