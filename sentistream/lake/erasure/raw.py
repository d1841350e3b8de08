"""Erasure in bronze, by Delta-Spark: forgotten records keep their coordinates and lose their content.

The caller holds the lock of the tables kept beside the stream. Bronze says by a transaction up to which request this was done; records that are copied
later come without what was forgotten.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable

from sentistream.lake.erasure import removal_log
from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.redaction import marked
from sentistream.lake.lake import Lake
from sentistream.lake.rows import coordinates, portions
from sentistream.lake.tables import RAW

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

APPLIED, ROWS = "forgotten/requests", "forgotten/rows"
"""Transactions: the number of the last request that was applied, and how many records were emptied."""
RECORDS_AT_ONCE = 512
"""A record may have 2 MiB."""
ROWS_PER_COMMIT = 2_000


def applied(table: DeltaTable) -> int:
    """Up to which number the requests have been applied."""
    return table.transaction_version(APPLIED) or 0


def forget_raw(spark: "SparkSession", lake: Lake, forgotten: Forgotten) -> int | None:
    """Apply the requests that bronze does not know of yet; how many records were emptied, None where there was nothing to apply.

    All of bronze is read once, outside of Spark and in small batches: hashes tell nothing of where to look.
    """
    table = lake.open(RAW)
    if table is None or applied(table) >= forgotten.number:
        return None
    before = emptied = table.transaction_version(ROWS) or 0
    for rows in portions(_holding(table, forgotten), ROWS_PER_COMMIT):
        emptied += rows.num_rows
        where = " OR ".join(coordinates(rows))
        with _transaction(spark, ROWS, emptied, {"removed": {"forgotten": rows.num_rows}}):
            spark.sql(
                f"UPDATE {lake.sql_name(RAW)} SET key = NULL, value = NULL, headers = "  # noqa: S608 - coordinates
                f"CAST(map() AS MAP<STRING, BINARY>) WHERE {where}"
            ).collect()
    nothing = spark.read.format("delta").load(lake.location(RAW)).limit(0).write.format("delta").mode("append")
    nothing.option("txnAppId", APPLIED).option("txnVersion", str(forgotten.number)).save(lake.location(RAW))
    removal_log.write_down(lake, forgotten.request, RAW, emptied)
    return emptied - before


def _holding(table: DeltaTable, forgotten: Forgotten) -> Iterator[pa.Table]:
    """Coordinates of the records that hold anything forgotten."""
    columns = ["topic", "partition", "offset", "kafka_timestamp", "key", "value"]
    holding = ds.field("key").is_valid() | ds.field("value").is_valid()
    scanner = table.to_pyarrow_dataset().scanner(
        columns=columns, filter=holding, batch_size=RECORDS_AT_ONCE, batch_readahead=1, fragment_readahead=1
    )
    for batch in scanner.to_batches():
        which = marked(batch, forgotten)
        if which.any():
            yield pa.Table.from_batches([batch.select(columns[:4]).filter(pa.array(which))])


@contextmanager
def _transaction(spark: "SparkSession", app_id: str, version: int, metadata: Mapping[str, object]) -> Iterator[None]:
    """Have the commits of a statement carry a transaction."""
    options = {
        "spark.databricks.delta.write.txnAppId": app_id,
        "spark.databricks.delta.write.txnVersion": str(version),
        "spark.databricks.delta.commitInfo.userMetadata": orjson.dumps(metadata).decode(),
    }
    for name, value in options.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name in options:
            spark.conf.unset(name)
