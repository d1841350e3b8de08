"""The Kafka source: which records a batch reads, and from where a start resumes."""

import json
from collections.abc import Mapping

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.kafka import client_config
from sentistream.kafka.topic import Topic
from sentistream.settings import KafkaSettings
from stream_processor.offsets import polls
from stream_processor.offsets.slices import inline_bytes

COLUMNS = ("topic", "partition", "offset", "timestamp", "key", "headers")


def starting_offsets(topic: Topic, offsets: Mapping[int, int]) -> str:
    """Spark's `startingOffsets`: the first offset to read of each partition."""
    return json.dumps({topic.name: {str(number): offset for number, offset in offsets.items()}})


def continued(offsets: str, committed: Mapping[int, int]) -> str:
    """`startingOffsets`, moved on to after the last offset that was committed of each partition."""
    [(topic, first)] = json.loads(offsets).items()
    reached = {str(number): last + 1 for number, last in committed.items()}
    return json.dumps(
        {topic: {number: max(first.get(number, 0), reached.get(number, 0)) for number in first | reached}}
    )


def partitions(offsets: str) -> int:
    """How many partitions `startingOffsets` names."""
    return sum(map(len, json.loads(offsets).values()))


def read(
    spark: SparkSession, settings: KafkaSettings, offsets: str, max_rows: int, poll_records: int = polls.FEW
) -> DataFrame:
    """The topic as an unbounded DataFrame; lost data stop the query, they are never skipped.

    Columns topic, partition, offset, timestamp, key, value, headers, and value_bytes: a `value` of more than `slices.inline_bytes` is null.
    """
    reader = (
        spark.readStream.format("kafka").option("subscribe", settings.kafka_topic).option("startingOffsets", offsets)
    )
    records = reader.option("maxOffsetsPerTrigger", str(max_rows)).options(**_connection(settings, poll_records)).load()
    small = F.when(F.length("value") <= inline_bytes(max_rows), F.col("value"))
    return records.select(*COLUMNS, small.alias("value"), F.length("value").alias("value_bytes"))


def read_range(
    spark: SparkSession, settings: KafkaSettings, offsets: Mapping[int, tuple[int, int]], poll_records: int = 10
) -> DataFrame:
    """The records of some offsets, first to one after the last of each partition, with the columns of `read` and whole values."""
    topic = settings.kafka_topic
    first = {topic: {str(number): start for number, (start, _) in offsets.items()}}
    last = {topic: {str(number): end for number, (_, end) in offsets.items()}}
    reader = spark.read.format("kafka").option("assign", json.dumps({topic: list(offsets)}))
    # One group for all ranges: Spark keeps a consumer with its data for each.
    reader = reader.option("kafka.group.id", f"sentistream-{spark.sparkContext.applicationId}")
    reader = reader.option("startingOffsets", json.dumps(first)).option("endingOffsets", json.dumps(last))
    records = reader.options(**_connection(settings, poll_records)).load()
    return records.select(*COLUMNS, "value", F.length("value").alias("value_bytes"))


def jvm_options(settings: KafkaSettings) -> str:
    """What the JVMs that read have to be started with."""
    return " ".join(f"-D{name}={value}" for name, value in client_config.java_properties(settings).items())


def spark_options(settings: KafkaSettings) -> dict[str, str]:
    """Spark's own options for reading: those of executors elsewhere."""
    options = jvm_options(settings)
    return {"spark.executor.extraJavaOptions": options} if options else {}


def _connection(settings: KafkaSettings, poll_records: int) -> dict[str, str]:
    return {
        "includeHeaders": "true",
        "failOnDataLoss": "true",
        "kafka.isolation.level": "read_committed",
        **{f"kafka.{name}": value for name, value in client_config.java(settings).items()},
        **polls.options(poll_records),
    }
