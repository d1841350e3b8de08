"""Retention of bronze and gold: drops whole days by Delta-Spark's commits; the caller holds the lock of the tables kept beside the stream.

Nothing is rewritten: an overwrite with no rows, of partitions alone, removes their files. Delta's writer takes one transaction a commit, so what
a day's going changes is said before the day goes: a kill in between leaves rows that nobody counts on any more, and the next look drops them.
"""

from collections.abc import Mapping
from datetime import date

import orjson
import structlog
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.lake import transactions
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import retention
from sentistream.lake.maintenance.retention import EPOCH, FIRST_DAY, OFFSET
from sentistream.lake.tables import PER_MINUTE, RAW, Table

log = structlog.get_logger()


def drop_raw(spark: SparkSession, lake: Lake, before: date | None) -> int:
    """Drop the days of `bronze/raw_tweets` before one, after moving `…/first` of each partition beyond what they hold; how many days."""
    raw = lake.open(RAW)
    days = retention.due(raw, before) if raw is not None else []
    if raw is None or before is None or not days:
        return 0
    rows = spark.read.format("delta").load(lake.location(RAW)).where(F.col("ingest_date") < F.lit(before))
    parts = rows.groupBy("topic", "partition").agg(F.max("offset").alias("last"), F.count("*").alias("rows")).collect()
    gone = {(part["topic"], part["partition"]): part["last"] for part in parts}
    of_table = transactions.of(raw)
    for app_id, last in of_table.items():
        partition = OFFSET.fullmatch(app_id)
        reached = gone.get((partition["topic"], int(partition["number"]))) if partition is not None else None
        first = of_table.get(f"{app_id}/first")
        # Of a topic that was re-created, the offsets of another of its lives may go further.
        if reached is not None and first is not None and first < (beyond := min(reached, last) + 1):
            _commit(spark, lake, RAW, None, {"complete_from": beyond}, (f"{app_id}/first", beyond))
    removed = {"removed": {"retired": sum(part["rows"] for part in parts)}}
    _commit(spark, lake, RAW, f"ingest_date < DATE '{before}'", removed)
    log.info("dropped", table=RAW.name, days=len(days), before=str(before))
    return len(days)


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
