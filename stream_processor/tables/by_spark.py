"""Gold's minutes, counted by Spark from the same SQL: for a lake that one machine can't count. Spark only computes; delta-rs commits, as it does every update."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import reduce
from operator import or_

import pyarrow as pa
from deltalake import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.lake import per_minute
from sentistream.lake.lake import Lake
from sentistream.lake.tables import RETIRED, SCORED
from stream_processor.tables.spans import Span


class BySpark:
    """Counts spans of minutes on a session's cluster.

    Args:
        session: whose executors reach the lake; its time zone is UTC.
        lake: where.
    """

    def __init__(self, session: SparkSession, lake: Lake) -> None:
        self._session = session
        self._lake = lake

    def count(
        self, silver: DeltaTable, retired: DeltaTable | None, retirements: Sequence[int], covered: Sequence[Span]
    ) -> Iterator[pa.RecordBatch]:
        """The rows of gold of some minutes; what one call gives is held by the driver."""
        reader = self._session.read.format("delta")
        scored = reader.option("versionAsOf", silver.version()).load(self._lake.location(SCORED))
        scored.where(_within("created_at", covered)).createOrReplaceTempView(SCORED.name)
        dropped = _nothing_of(scored)
        if retired is not None and retirements:
            reader = self._session.read.format("delta").option("versionAsOf", retired.version())
            dropped = reader.load(self._lake.location(RETIRED)).where(F.col("retirement").isin(list(retirements)))
        dropped.where(_within("window_start", covered)).createOrReplaceTempView(RETIRED.name)
        # The one word of the SQL that Spark calls otherwise.
        made = self._session.sql(per_minute.statement().replace("unnest(", "explode("))
        yield from made.toArrow().to_batches()


def _within(column: str, covered: Sequence[Span]) -> Column:
    return reduce(or_, ((F.col(column) >= _moment(first)) & (F.col(column) < _moment(end)) for first, end in covered))


def _moment(minute: int) -> Column:
    return F.lit(datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%d %H:%M:%S").zfill(19)).cast("timestamp")


def _nothing_of(scored: DataFrame) -> DataFrame:
    numbers = [F.lit(0).cast("bigint").alias(name) for name in ("tweets", "negative", "neutral", "positive")]
    named = scored.select(
        F.col("created_at").alias("window_start"),
        "lang",
        F.col("lang").alias("rule"),
        *numbers,
        F.col("p_positive").alias("sum_p_positive"),
    )
    return named.where(F.lit(False))
