"""Retention of gold: drops whole days by Delta-Spark's commits; the caller holds the lock of the tables kept beside the stream.

Nothing is rewritten: an overwrite with no rows, of partitions alone, removes their files.
"""

from collections.abc import Mapping
from datetime import date

import orjson
import structlog
from pyspark.sql import SparkSession

from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import retention
from sentistream.lake.maintenance.retention import EPOCH, FIRST_DAY
from sentistream.lake.tables import PER_MINUTE, Table

log = structlog.get_logger()


def drop_minutes(spark: SparkSession, lake: Lake, before: date | None) -> int:
    """Drop the days of gold before one; how many. From then on gold begins there: an update makes no earlier day."""
    gold = lake.open(PER_MINUTE)
    days = retention.due(gold, before, "window_date") if gold is not None else []
    if gold is None or before is None or not days:
        return 0
    number = (before - EPOCH).days
    # Another night's clock may have been ahead; where gold begins never goes back.
    transaction = (FIRST_DAY, number) if number > (gold.transaction_version(FIRST_DAY) or -1) else None
    _commit(spark, lake, PER_MINUTE, f"window_date < DATE '{before}'", {"first_day": str(before)}, transaction)
    log.info("dropped", table=PER_MINUTE.name, days=len(days), before=str(before))
    return len(days)


def _commit(
    spark: SparkSession,
    lake: Lake,
    table: Table,
    replaced: str | None,
    metadata: Mapping[str, object],
    transaction: tuple[str, int] | None = None,
) -> None:
    """Replace the rows of some partitions by none; where none are named, commit the transaction alone."""
    place = lake.location(table)
    writer = spark.read.format("delta").load(place).limit(0).write.format("delta")
    writer = writer.mode("append") if replaced is None else writer.mode("overwrite").option("replaceWhere", replaced)
    if transaction is not None:
        writer = writer.option("txnAppId", transaction[0]).option("txnVersion", str(transaction[1]))
    writer.option("userMetadata", orjson.dumps(metadata).decode()).save(place)
