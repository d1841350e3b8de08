from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from deltalake import Schema

from sentistream.kafka.reading.records import SCHEMA
from sentistream.lake.declared import ddl
from sentistream.lake.erasure.forgotten import NOTHING
from sentistream.lake.tables import RAW, table_sql
from stream_processor.tables.raw_rows import raw_rows

COLUMNS = ddl.schema(table_sql(RAW))


def record(timestamp: int) -> pa.Table:
    row = {"topic": "tweets", "partition": 1, "offset": 7, "timestamp": timestamp, "key": b"k", "value": None}
    return pa.Table.from_pylist([row | {"headers": [("a", b"1"), ("b", None)]}], SCHEMA)


@pytest.mark.parametrize(
    ("timestamp", "kept"),
    [
        (1_767_319_200_123, datetime(2026, 1, 2, 2, 0, 0, 123_000, UTC)),
        (-1, datetime(1970, 1, 1, tzinfo=UTC)),
        (-(2**63), datetime(1970, 1, 1, tzinfo=UTC)),
        (2**63 - 1, datetime(9999, 12, 31, tzinfo=UTC)),
    ],
)
def test_a_foreign_time_is_clamped_to_what_a_table_holds(timestamp: int, kept: datetime) -> None:
    [row] = raw_rows(record(timestamp), COLUMNS, NOTHING).to_pylist()
    assert (row["kafka_timestamp"], row["ingest_date"]) == (kept, kept.date())
    assert (row["partition"], row["offset"], row["key"], row["value"]) == (1, 7, b"k", None)
    assert row["headers"] == [("a", b"1"), ("b", None)]


def test_a_column_of_somebodys_own_stays_empty() -> None:
    fields = [*COLUMNS.fields, *ddl.columns("theirs DATE")]
    [row] = raw_rows(record(0), Schema(fields), NOTHING).to_pylist()
    assert (row["theirs"], row["ingest_date"]) == (None, date(1970, 1, 1))
