"""The Kafka source: which records a batch reads, and from where a start resumes."""

import json
from collections.abc import Mapping

from pyspark.sql import DataFrame, SparkSession

from sentistream.settings import KafkaSettings
from sentistream.topic import Topic
from sentistream.topic_contract import MAX_MESSAGE_BYTES


def starting_offsets(topic: Topic, offsets: Mapping[int, int]) -> str:
    """Spark's `startingOffsets`: the first offset to read of each partition."""
    return json.dumps({topic.name: {str(number): offset for number, offset in offsets.items()}})


def read(spark: SparkSession, settings: KafkaSettings, offsets: str, max_rows: int) -> DataFrame:
    """The topic as an unbounded DataFrame with headers; lost data stop the query, they are never skipped."""
    reader = (
        spark.readStream.format("kafka").option("subscribe", settings.kafka_topic).option("startingOffsets", offsets)
    )
    return reader.option("maxOffsetsPerTrigger", str(max_rows)).options(**_connection(settings)).load()


def read_range(spark: SparkSession, settings: KafkaSettings, offsets: Mapping[int, tuple[int, int]]) -> DataFrame:
    """The records of some offsets, first to one after the last of each partition, as a bounded DataFrame."""
    topic = settings.kafka_topic
    first = {topic: {str(number): start for number, (start, _) in offsets.items()}}
    last = {topic: {str(number): end for number, (_, end) in offsets.items()}}
    reader = spark.read.format("kafka").option("assign", json.dumps({topic: list(offsets)}))
    # One group for all ranges: Spark keeps a consumer with its data for each.
    reader = reader.option("kafka.group.id", f"sentistream-{spark.sparkContext.applicationId}")
    reader = reader.option("startingOffsets", json.dumps(first)).option("endingOffsets", json.dumps(last))
    return reader.options(**_connection(settings) | {"kafka.max.poll.records": "10"}).load()


def _connection(settings: KafkaSettings) -> dict[str, str]:
    options = {
        "includeHeaders": "true",
        "failOnDataLoss": "true",
        "kafka.bootstrap.servers": settings.kafka_bootstrap_servers,
        "kafka.security.protocol": settings.kafka_security_protocol,
        "kafka.max.partition.fetch.bytes": str(8 * MAX_MESSAGE_BYTES),
        # Spark keeps what a poll brought, decompressed: 100 records of 2 MiB a partition fit the heap.
        "kafka.max.poll.records": "100",
    }
    if settings.kafka_security_protocol.startswith("SASL") and settings.kafka_sasl_password is not None:
        password = settings.kafka_sasl_password.get_secret_value()
        options["kafka.sasl.mechanism"] = "PLAIN"
        options["kafka.sasl.jaas.config"] = _jaas(settings.kafka_sasl_username or "", password)
    return options


def _jaas(username: str, password: str) -> str:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f"{module} required username={quoted(username)} password={quoted(password)};"
