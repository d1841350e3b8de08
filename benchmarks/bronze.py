"""`python -m benchmarks.bronze`: a topic copied to bronze by librdkafka and delta-rs, and by Spark as before; what counts is the ratio within one run.

Each round copies the same records into a lake of its own, the two ways in turn; the first round warms the JVM and is not counted.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from pyspark import StorageLevel
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from benchmarks.stage import ROOT, Stage, processor_seconds
from sentistream import spark
from sentistream.kafka import connection, topic
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.kafka.reading.reader import Reader
from sentistream.kafka.topic import Range, Topic
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import RAW
from sentistream.settings import KafkaSettings
from stream_processor.offsets import ledger, source
from stream_processor.settings import ProcessorSettings
from stream_processor.tables.bronze import Bronze

FOLDER = ROOT / ".local" / "bench" / "bronze"
TOPIC = "copied"
POLL_RECORDS = 100
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Cost:
    """What one way took for all records."""

    seconds: float
    processor_seconds: float


def measured(work: Callable[[], int], records: int) -> Cost:
    """Do it once; it has to have come to all records.

    Raises:
        RuntimeError: it has not.
    """
    used, started = processor_seconds(os.getpid()), time.monotonic()
    done = work()
    cost = Cost(time.monotonic() - started, processor_seconds(os.getpid()) - used)
    if done != records:
        raise RuntimeError(f"{done} of {records} records")
    return cost


def read(settings: KafkaSettings, held: dict[int, Range]) -> int:
    """Into Arrow and no further."""
    with Reader(settings) as reader:
        pieces = (piece for number, part in held.items() for piece in reader.read(TOPIC, number, part.first, part.end))
        return sum(piece.records.num_rows for piece in pieces)


def copy(settings: KafkaSettings, lake: Lake) -> int:
    """As bronze does."""
    bronze = Bronze(settings, lake)
    try:
        return bronze.update()
    finally:
        bronze.finish()


def copy_by_spark(
    session: SparkSession, settings: KafkaSettings, lake: Lake, tweets: Topic, held: dict[int, Range]
) -> int:
    """As bronze did: read whole and kept on the disk, counted, then appended with the offset as transaction."""
    create_by_spark(session, lake, (RAW,))
    copied = 0
    for number, part in held.items():
        records = source.read_range(session, settings, {number: (part.first, part.end)}, POLL_RECORDS)
        headers = F.coalesce(F.map_from_entries("headers"), F.create_map().cast("map<string,binary>"))
        rows = records.select(
            "topic",
            "partition",
            "offset",
            F.col("timestamp").alias("kafka_timestamp"),
            "key",
            "value",
            headers.alias("headers"),
            F.current_timestamp().alias("ingested_at"),
            F.to_date("timestamp").alias("ingest_date"),
        ).persist(StorageLevel.DISK_ONLY)
        copied += rows.agg(F.count("*"), F.min("offset")).collect()[0][0]
        writer = rows.write.format("delta").mode("append").option("txnAppId", ledger.app_id(tweets, number))
        writer.option("txnVersion", str(part.end - 1)).save(lake.location(RAW))
        rows.unpersist()
    return copied


@app.command()
def main(
    tweets: Annotated[int, typer.Option(min=1000)] = 500_000,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
    data: Annotated[Path | None, typer.Option(help="Labelled tweets to send; else invented ones.")] = None,
) -> None:
    """Measure, and print medians and ratios."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    costs: dict[str, list[Cost]] = {"read into Arrow": [], "copied": [], "copied by Spark": []}
    with EmbeddedBroker(FOLDER / "broker", fresh=True) as broker:
        stage = Stage(FOLDER, broker, data)
        stage.create_topic(TOPIC)
        stage.load(TOPIC, 0, tweets)
        settings = ProcessorSettings.from_options(
            kafka_bootstrap_servers=broker.bootstrap_servers,
            kafka_topic=TOPIC,
            spark_scratch=str(FOLDER / "spark"),
            spark_log=str(FOLDER / "spark.log"),
            log_level="WARNING",
        )
        with connection.connect(settings) as admin:
            described = topic.ensure(settings)
            held = topic.ranges(admin, described)
        with spark.running(settings, "benchmarks.bronze", spark.QUICK_COMPILER) as session:
            # What writing a file holds in a small heap.
            session.conf.set("parquet.block.size", str(32 * 1024 * 1024))
            for number in range(repeats + 1):
                lakes = [Lake.at(str(FOLDER / f"{way} {number}")) for way in ("ours", "spark")]
                one_round = {
                    "read into Arrow": measured(lambda: read(settings, held), tweets),
                    "copied": measured(lambda: copy(settings, lakes[0]), tweets),  # noqa: B023 - called at once
                    "copied by Spark": measured(
                        lambda: copy_by_spark(session, settings, lakes[1], described, held),  # noqa: B023 - called at once
                        tweets,
                    ),
                }
                for name, cost in one_round.items() if number else ():
                    costs[name].append(cost)
    for name, every in costs.items():
        seconds, used = (median(getattr(cost, what) for cost in every) for what in ("seconds", "processor_seconds"))
        typer.echo(f"{name}: {tweets / seconds:,.0f} records/s, {1e6 * used / tweets:,.1f} processor seconds a million")
    ratios = {
        what: median(
            getattr(before, what) / getattr(now, what)
            for now, before in zip(costs["copied"], costs["copied by Spark"], strict=True)
        )
        for what in ("seconds", "processor_seconds")
    }
    typer.echo(
        f"copied: {ratios['seconds']:.1f} × as fast, by 1/{ratios['processor_seconds']:.1f} of the processor time"
    )


if __name__ == "__main__":
    app()
