"""What bronze holds."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from deltalake import CommitProperties, Transaction, write_deltalake

from sentistream.lake import holes
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create
from sentistream.lake.tables import RAW
from sentistream.settings import KafkaSettings
from stream_processor.offsets.resume import Acceptance
from stream_processor.tables.bronze import Bronze

ID = "tweets/an-id/0"


def coordinates(lake: Lake) -> list[tuple[int, int]]:
    rows = lake.require(RAW).to_pyarrow_table(columns=["partition", "offset"]).to_pylist()
    return sorted((row["partition"], row["offset"]) for row in rows)


def copy(kafka: KafkaSettings, lake: Lake, accepted: Acceptance | None = None) -> int:
    """A process of its own, as it were."""
    bronze = Bronze(kafka, lake, accepted)
    try:
        return bronze.update()
    finally:
        bronze.finish()


def write(lake: Lake, offsets: list[int], last: int, passed: list[tuple[int, int]]) -> None:
    """What bronze would commit of topic `tweets`: records without content, ten offsets a day, and the holes between them."""
    table = create(lake, RAW)
    schema = pa.schema(table.schema().to_arrow())
    at = [datetime(2026, 1, 2, tzinfo=UTC) + timedelta(days=each // 10) for each in offsets]
    rows = [
        {"topic": "tweets", "partition": 0, "offset": each, "kafka_timestamp": time, "headers": []}
        | {"ingested_at": time, "ingest_date": time.date()}
        for each, time in zip(offsets, at, strict=True)
    ]
    said = [Transaction(ID, last), Transaction(f"{ID}/first", 0), *holes.transactions(holes.NONE.plus(passed), ID)]
    properties = CommitProperties(app_transactions=said)
    write_deltalake(table, pa.Table.from_pylist(rows, schema), mode="append", commit_properties=properties)
