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
        spark.readStream.format("kafka")
        .option("subscribe", settings.kafka_topic)
        .option("startingOffsets", offsets)
        .option("maxOffsetsPerTrigger", str(max_rows))
        .option("includeHeaders", "true")
        .option("failOnDataLoss", "true")
        .option("kafka.bootstrap.servers", settings.kafka_bootstrap_servers)
        .option("kafka.security.protocol", settings.kafka_security_protocol)
        .option("kafka.max.partition.fetch.bytes", str(8 * MAX_MESSAGE_BYTES))
        .option("kafka.max.poll.records", "5000")
    )
    if settings.kafka_security_protocol.startswith("SASL") and settings.kafka_sasl_password is not None:
        reader = reader.option("kafka.sasl.mechanism", "PLAIN").option(
            "kafka.sasl.jaas.config",
            _jaas(settings.kafka_sasl_username or "", settings.kafka_sasl_password.get_secret_value()),
        )
    return reader.load()


def _jaas(username: str, password: str) -> str:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f"{module} required username={quoted(username)} password={quoted(password)};"
