"""Bronze as the version before made it: by Delta-Spark."""

from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.kafka import topic
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import RAW
from sentistream.settings import KafkaSettings
from stream_processor.offsets import ledger, source
from stream_processor.tables.bronze import complete_from
from tests.support.bronze_rows import coordinates, copy
from tests.support.lake_rows import tweet
from tests.support.topic_records import offsets_on_topic, send


def copy_by_spark(spark: SparkSession, kafka: KafkaSettings, lake: Lake, tweets: topic.Topic, number: int) -> None:
    """Its two commits for a partition's records: where the table begins, and the rows with their last offset."""
    last = max(offset for partition, offset in offsets_on_topic(kafka) if partition == number)
    headers = F.coalesce(F.map_from_entries("headers"), F.create_map().cast("map<string,binary>"))
    records = source.read_range(spark, kafka, {number: (0, last + 1)}).select(
        "topic",
        "partition",
        "offset",
        F.col("timestamp").alias("kafka_timestamp"),
        "key",
        "value",
        headers.alias("headers"),
        F.current_timestamp().alias("ingested_at"),
        F.to_date("timestamp").alias("ingest_date"),
    )
    app_id = ledger.app_id(tweets, number)
    for rows, name, version in ((records.limit(0), f"{app_id}/first", 0), (records, app_id, last)):
        writer = rows.write.format("delta").mode("append").option("txnAppId", name).option("txnVersion", str(version))
        writer.save(lake.location(RAW))


def test_a_table_that_delta_spark_wrote_goes_on_by_itself(
    spark: SparkSession, kafka: KafkaSettings, tmp_path: Path
) -> None:
    lake = Lake.at(str(tmp_path / "a lake"))
    tweets = topic.ensure(kafka)
    create_by_spark(spark, lake, (RAW,))
    send(kafka, *(tweet(number) for number in range(20)), partitions=2)
    for number in tweets.partitions:
        copy_by_spark(spark, kafka, lake, tweets, number)
    before = lake.require(RAW).metadata()
    assert copy(kafka, lake) == 0
    send(kafka, *(tweet(number) for number in range(20, 30)), partitions=2)
    assert copy(kafka, lake) == 10
    assert coordinates(lake) == offsets_on_topic(kafka)
    after = lake.require(RAW)
    assert after.metadata().id == before.id
    assert complete_from(after, tweets) == {0: 0, 1: 0}
    assert len({row["value"] for row in after.to_pyarrow_table(columns=["value"]).to_pylist()}) == 30
