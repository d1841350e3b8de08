from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, Transaction, write_deltalake

from sentistream.lake import doctor, holes
from sentistream.lake.holes import NONE
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import raw_retention
from sentistream.lake.schema.create import create
from sentistream.lake.tables import RAW, TABLES
from tests.support.doctor import without_a_broker

DAY = date(2026, 1, 2)
ID = "tweets/an-id/0"


def copied(lake: Lake, offsets: list[int], last: int, passed: list[tuple[int, int]]) -> None:
    """What bronze commits: records of one a day, and the holes between them."""
    table = create(lake, RAW)
    schema = pa.schema(table.schema().to_arrow())
    at = [datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=each // 10) for each in offsets]
    rows = [
        {"topic": "tweets", "partition": 0, "offset": each, "kafka_timestamp": time, "headers": []}
        | {"ingested_at": time, "ingest_date": time.date()}
        for each, time in zip(offsets, at, strict=True)
    ]
    said = [Transaction(ID, last), Transaction(f"{ID}/first", 0), *holes.transactions(NONE.plus(passed), ID)]
    properties = CommitProperties(app_transactions=said)
    write_deltalake(table, pa.Table.from_pylist(rows, schema), mode="append", commit_properties=properties)


def test_holes_of_days_that_go_are_counted_no_longer(tmp_path: Path) -> None:
    lake = Lake.at(str(tmp_path))
    for each in TABLES:
        create(lake, each)
    # Days of ten offsets each; the second day's go, too, up to a hole at its end.
    copied(lake, [1, 2, 3, 8, 11, 12, 20, 25], 29, [(0, 1), (4, 8), (9, 11), (13, 20), (21, 25), (26, 30)])

    def complete() -> str:
        findings = doctor.examine(lake, without_a_broker(lake))
        [found] = [each for each in findings if each.promise == "bronze is complete"]
        assert found.verdict == "kept", found
        return found.found

    assert complete() == "8 of 8 records from offset 0 to 29, 22 offsets hold none"
    assert raw_retention.drop_raw(lake, DAY + timedelta(days=1)) == 1
    assert complete() == "4 of 4 records from offset 9 to 29, 17 offsets hold none"
    assert raw_retention.drop_raw(lake, DAY + timedelta(days=2)) == 1
    assert complete() == "2 of 2 records from offset 13 to 29, 15 offsets hold none"
    assert raw_retention.drop_raw(lake, DAY + timedelta(days=2)) == 0
