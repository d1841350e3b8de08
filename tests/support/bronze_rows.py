"""What bronze holds."""

from pyspark.sql import SparkSession

from sentistream.lake.tables import RAW, require_table
from sentistream.settings import KafkaSettings
from stream_processor.offsets.resume import Acceptance
from stream_processor.tables.bronze import Bronze


def coordinates(lake_uri: str) -> list[tuple[int, int]]:
    rows = require_table(lake_uri, RAW).to_pyarrow_table(columns=["partition", "offset"]).to_pylist()
    return sorted((row["partition"], row["offset"]) for row in rows)


def copy(spark: SparkSession, kafka: KafkaSettings, lake_uri: str, accepted: Acceptance | None = None) -> int:
    """A process of its own, as it were."""
    bronze = Bronze(spark, kafka, lake_uri, accepted)
    try:
        return bronze.update()
    finally:
        bronze.finish()
