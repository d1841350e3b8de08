"""Whether a query failed by the model in its plan: the records ahead are run through the plan again, without the model and with it."""

from collections.abc import Mapping
from contextlib import closing

from kafka.errors import KafkaError
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.topic import Topic
from sentistream.scoring.errors import UnfitError
from sentistream.settings import KafkaSettings
from stream_processor.offsets import source
from stream_processor.offsets.slices import Slice
from stream_processor.stream.placement import Placement, parsed
from stream_processor.stream.spark_failure import FAILURES, is_the_machines


def fault(
    spark: SparkSession,
    settings: KafkaSettings,
    placement: Placement,
    tweets: Topic,
    committed: Mapping[int, int],
    most: int,
) -> UnfitError | None:
    """What is wrong with the model of a plan that failed on the records after the last committed ones; None where it is not the model's fault.

    Args:
        spark: the session.
        settings: name the broker.
        placement: whose plan it was.
        tweets: the topic.
        committed: the last offset of each partition that counts.
        most: how many records of a partition the plan may have read at once.
    """
    model = placement.scorer.version
    try:
        ahead = _ahead(settings, tweets, committed, most)
        if not ahead:
            return None
        records = source.read_range(spark, settings, ahead)
        _run(parsed(records))
    except (UserError, KafkaError, OSError, PySparkException, Py4JError):
        return None
    try:
        _run(placement.on_spark(records))
    except FAILURES as failed:  # it may quote the text
        if is_the_machines(failed):
            return None
        return UnfitError(model, f"{model.uri} fails on some text, which Spark reads and parses without it.")
    return None


def _ahead(settings: KafkaSettings, tweets: Topic, committed: Mapping[int, int], most: int) -> Slice:
    with closing(connection.connect(settings)) as admin:
        held = topic.ranges(admin, tweets)
    starts = {number: max(committed.get(number, -1) + 1, reach.first) for number, reach in held.items()}
    return {
        number: (start, min(start + most, held[number].end))
        for number, start in starts.items()
        if start < held[number].end
    }


def _run(rows: DataFrame) -> None:
    rows.write.format("noop").mode("overwrite").save()
