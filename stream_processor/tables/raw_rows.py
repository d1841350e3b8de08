"""Kafka records → rows of `bronze/raw_tweets`, as a pure function."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import Schema

from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.redaction import redacted_records
from sentistream.lake.rows import shaped

LATEST_MS = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp()) * 1000


def raw_rows(records: pa.Table, schema: Schema, forgotten: Forgotten) -> pa.Table:
    """Columns of `reading.records` → the table's own, without the content of what is forgotten."""
    # As for the scored tweets: a foreign producer's Kafka time may be anything.
    milliseconds = pc.max_element_wise(pc.min_element_wise(records["timestamp"], LATEST_MS), 0)
    kafka_timestamp = milliseconds.cast(pa.timestamp("ms", "UTC")).cast(pa.timestamp("us", "UTC"))
    now = pa.scalar(datetime.now(UTC), pa.timestamp("us", "UTC"))
    rows = (
        records.drop_columns(["timestamp"])
        .append_column("kafka_timestamp", kafka_timestamp)
        .append_column("ingested_at", pa.repeat(now, records.num_rows))
        .append_column("ingest_date", kafka_timestamp.cast(pa.date32()))
    )
    batches = rows.to_batches()
    if forgotten:
        batches = list(redacted_records(iter(batches), forgotten))
    arrow = pa.schema(schema.to_arrow())
    return pa.Table.from_batches([shaped(batch, arrow) for batch in batches], arrow)
