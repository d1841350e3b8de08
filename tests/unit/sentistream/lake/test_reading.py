"""What a look at a table tells where another program changed it."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from deltalake import write_deltalake

from sentistream.errors import UserError
from sentistream.lake import reading
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine
from sentistream.lake.schema import create
from sentistream.lake.tables import REMOVALS
from tests.support.foreign_hands import commit, latest, mapped, metadata, named, protocol

SECOND_AND_FOURTH = {
    "storageType": "i",
    "pathOrInlineDv": "^Bg9^0rr910000000000iXQKl0rr91000315c8Xg0rri4",
    "sizeInBytes": 36,
    "cardinality": 2,
}
"""A deletion vector inside of the log entry: the bitmap {1, 3} as the protocol writes it."""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A table with five rows in one file."""
    lake = Lake(str(tmp_path))
    table = create.create(lake, REMOVALS)
    schema = pa.schema(table.schema().to_arrow())
    times = pa.array([0] * 5, pa.int64()).cast(schema.field("removed_at").type)
    columns = [pa.array([""] * 5), times, pa.array(["t"] * 5), pa.array(range(1, 6)), pa.array(["forgotten"] * 5)]
    write_deltalake(table, pa.table(columns, schema=schema), mode="append")
    return lake


def summed(lake: Lake, column: str = "rows") -> int:
    handle = lake.as_it_is(REMOVALS)
    assert handle is not None
    connection = duckdb.connect(":memory:")
    connection.register("t", reading.rows(lake, REMOVALS, handle))
    [[total]] = connection.execute(f"SELECT sum({column}) FROM t").fetchall()  # noqa: S608 - of this file
    return int(total)


def test_an_unchanged_table_is_read_as_a_dataset_that_can_be_asked_again(lake: Lake) -> None:
    handle = lake.require(REMOVALS)
    assert isinstance(reading.rows(lake, REMOVALS, handle), ds.Dataset)
    assert summed(lake) == 15


def test_rows_that_a_deletion_vector_names_are_not_read(lake: Lake) -> None:
    add = latest(lake, REMOVALS, "add")
    gone = {name: add[name] for name in ("path", "partitionValues", "size")} | {"dataChange": True}
    gone["deletionTimestamp"] = 0
    vectors = protocol(("deletionVectors",))
    commit(lake, REMOVALS, vectors, {"remove": gone}, {"add": add | {"deletionVector": SECOND_AND_FOURTH}})
    assert summed(lake) == 1 + 3 + 5
    assert [each["rows"] for each in lake.sizes()] == [3]


def test_a_query_may_name_a_table_twice_that_can_be_read_once(lake: Lake) -> None:
    commit(lake, REMOVALS, protocol(("deletionVectors",)))
    tables = {REMOVALS: lake.open_version(REMOVALS, None)}
    asked = engine.ask(lake, "SELECT count(*) AS pairs FROM removals, Removals AS others", tables)
    assert asked.to_pylist() == [{"pairs": 25}]


def test_a_renamed_column_keeps_its_values(lake: Lake) -> None:
    def renamed(fields: list[dict[str, object]]) -> None:
        mapped(fields)
        named(fields, "rows")["name"] = "how_many"

    by_name = metadata(lake, REMOVALS, renamed, delta__columnMapping__mode="name")
    commit(lake, REMOVALS, protocol(("columnMapping",)), by_name)
    assert summed(lake, "how_many") == 15


def test_an_older_version_is_read_as_it_was(lake: Lake) -> None:
    commit(lake, REMOVALS, protocol(("deletionVectors",)))
    write_deltalake(lake.location(REMOVALS), lake.open_version(REMOVALS, 1).to_pyarrow_table(), mode="append")
    older = lake.open_version(REMOVALS, 2)
    reader = reading.rows(lake, REMOVALS, older)
    assert isinstance(reader, pa.RecordBatchReader)
    assert reader.read_all().num_rows == 5


def test_a_feature_that_no_reader_here_knows_is_refused_with_the_way_back(lake: Lake) -> None:
    commit(lake, REMOVALS, protocol(("typeWidening",)))
    handle = lake.as_it_is(REMOVALS)
    assert handle is not None
    with pytest.raises(UserError, match=r"types of its columns may be widened.*DROP FEATURE typeWidening"):
        reading.rows(lake, REMOVALS, handle)
    assert engine.ask(lake, "SELECT 1 AS one", {REMOVALS: handle}).num_rows == 1
    with pytest.raises(UserError, match="DROP FEATURE"):
        engine.ask(lake, "SELECT * FROM removals", {REMOVALS: handle})
