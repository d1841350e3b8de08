"""Spark's own way, without scoring: Kafka → from_json → Delta-Spark append, as fast as it goes. Exactly once into the table."""

import os

from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream import spark
from stream_processor.settings import ProcessorSettings

TWEET = "data STRUCT<id: STRING, text: STRING, created_at: STRING, author_id: STRING, lang: STRING>"
table, settings = os.environ["BENCH_TABLE"], ProcessorSettings.from_options()
session = spark.session(settings, "delta-spark")
records = (
    session.readStream.format("kafka")
    .option("subscribe", os.environ["BENCH_TOPIC"])
    .option("kafka.bootstrap.servers", os.environ["BENCH_KAFKA"])
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", os.environ["BENCH_BATCH"])
    .load()
)
tweet = F.from_json(F.col("value").cast("string"), TWEET)["data"]
rows = records.select(
    tweet["id"].cast("bigint").alias("tweet_id"),
    tweet["text"].alias("text"),
    F.to_timestamp(tweet["created_at"]).alias("created_at"),
    "topic",
    "partition",
    "offset",
)
writer = rows.writeStream.format("delta").option("checkpointLocation", f"{settings.checkpoint_uri}/delta-spark")
writer.trigger(availableNow=True).start(table).awaitTermination()
