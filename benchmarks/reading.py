"""`python -m benchmarks.reading`: Kafka → Arrow in the driver of a streaming query, by three readers: rate, latency, and processor seconds.

They are Spark's Kafka connector with polls of 100 and of 1,000 records, and a Python data source on librdkafka. Nothing is parsed, scored or committed.
"""

import os
import queue
import shutil
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import psutil
import pyarrow as pa
import typer
from pyspark.sql import DataFrame, SparkSession
from rich.console import Console
from rich.table import Table

from benchmarks.rdkafka_source import RdkafkaSource
from benchmarks.stage import ROOT, Stage
from sentistream import log, spark
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.kafka.topic import Topic
from stream_processor.offsets import polls, source
from stream_processor.settings import ProcessorSettings

FOLDER = ROOT / ".local" / "bench" / "reading"
BACKLOG, LIVE = "backlog", "live"
BATCH_ROWS = 50_000
RATE, WARM_SECONDS = 1_000, 5.0
PATIENCE_SECONDS = 60.0
READERS = ("connector, polls of 100", "connector, polls of 1,000", "Python source on librdkafka")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Taken:
    """What one reader took, a value a round."""

    rates: list[float] = field(default_factory=list)
    """Records a second of a backlog."""
    seconds: list[float] = field(default_factory=list)
    """Processor seconds a million records of it, of Spark, its workers and the broker."""
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    """Seconds from the broker's time to the driver at `RATE`."""


@app.command()
def main(
    records: Annotated[int, typer.Option(min=200_000, help="Of the backlog.")] = 600_000,
    seconds: Annotated[int, typer.Option(min=5, help="At 1,000/s.")] = 15,
    rounds: Annotated[int, typer.Option(min=1, help="Each reader once, in turns; one before them warms the JVM.")] = 4,
) -> None:
    """Measure and print medians."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    # Spark's Python workers import the source.
    os.environ["PYTHONPATH"] = str(ROOT)
    taken = {name: Taken() for name in READERS}
    with EmbeddedBroker(FOLDER / "broker") as broker:
        stage = Stage(FOLDER, broker, None)
        os.environ.update(stage.environment("reading", BACKLOG))
        settings = ProcessorSettings.from_options()
        log.configure(settings)
        session = spark.session(settings, "bench", spark.QUICK_COMPILER)
        session.dataSource.register(RdkafkaSource)
        stage.create_topic(BACKLOG)
        stage.load(BACKLOG, rate=0, tweets=records)
        for number in range(rounds + 1):
            for name in READERS if number % 2 else READERS[::-1]:
                rate, used = _backlog(session, settings, broker, name, records)
                p50, p99 = _live(session, settings, stage, f"{LIVE}-{number}", name, seconds)
                if number:
                    taken[name].rates.append(rate)
                    taken[name].seconds.append(used)
                    taken[name].p50.append(p50)
                    taken[name].p99.append(p99)
        session.stop()
    shown = Table("reader", "records/s", "processor s a million", "p50, s", "p99, s", title=f"{rounds} rounds, medians")
    for name, of_reader in taken.items():
        figures = (of_reader.rates, of_reader.seconds, of_reader.p50, of_reader.p99)
        rate, used, p50, p99 = map(statistics.median, figures)
        shown.add_row(name, f"{rate:,.0f}", f"{used:.1f}", f"{p50:.3f}", f"{p99:.3f}")
    Console().print(shown)


def _backlog(
    session: SparkSession, settings: ProcessorSettings, broker: EmbeddedBroker, name: str, records: int
) -> tuple[float, float]:
    """Records a second, and processor seconds a million."""
    used, begun, got = _processor_seconds(broker), time.monotonic(), 0
    with _reading(session, settings, name, BACKLOG) as batches:
        while got < records:
            got += next(batches).num_rows
    return records / (time.monotonic() - begun), (_processor_seconds(broker) - used) / records * 1e6


def _live(
    session: SparkSession, settings: ProcessorSettings, stage: Stage, topic: str, name: str, seconds: int
) -> tuple[float, float]:
    """The median and the 99th percentile of a record's seconds from the broker to the driver."""
    topic = f"{topic}-{READERS.index(name)}"
    stage.create_topic(topic)
    late: list[np.ndarray] = []
    tweets = RATE * seconds + int(RATE * WARM_SECONDS)
    with _reading(session, settings, name, topic) as batches, stage.loading(topic, RATE, tweets):
        while sum(map(len, late)) < tweets:
            batch = next(batches)
            times = batch["timestamp"].cast(pa.int64()).to_numpy()
            late.append(time.time() - times / (1e3 if name == READERS[-1] else 1e6))
    found = np.concatenate(late)[int(RATE * WARM_SECONDS) :]
    return float(np.quantile(found, 0.5)), float(np.quantile(found, 0.99))


@contextmanager
def _reading(session: SparkSession, settings: ProcessorSettings, name: str, topic: str) -> Iterator[Iterator[pa.Table]]:
    """The batches of a streaming query over a topic, each as it has come to the driver."""
    collected: queue.SimpleQueue[pa.Table] = queue.SimpleQueue()

    def collect(rows: DataFrame, _: int) -> None:
        collected.put(rows.toArrow())

    records = _records(session, settings.model_copy(update={"kafka_topic": topic}), name)
    place = f"{settings.checkpoint_uri}/{uuid.uuid4()}"
    query = records.writeStream.foreachBatch(collect).option("checkpointLocation", place).start()
    try:
        yield iter(lambda: collected.get(timeout=PATIENCE_SECONDS), None)
    except queue.Empty:
        raise query.exception() or TimeoutError(f"{name} brought nothing for {PATIENCE_SECONDS:.0f} s.") from None
    finally:
        query.stop()


def _records(session: SparkSession, settings: ProcessorSettings, name: str) -> DataFrame:
    partitions = settings.kafka_topic_partitions
    if name == READERS[-1]:
        where = {"servers": settings.kafka_bootstrap_servers, "topic": settings.kafka_topic}
        bounds = {"partitions": str(partitions), "rows": str(BATCH_ROWS)}
        return session.readStream.format("rdkafka").options(**where, **bounds).load()
    size = polls.FEW if name == READERS[0] else polls.MANY
    beginning = source.starting_offsets(
        Topic(settings.kafka_topic, "", tuple(range(partitions))), dict.fromkeys(range(partitions), 0)
    )
    return source.read(session, settings, beginning, BATCH_ROWS, size)


def _processor_seconds(broker: EmbeddedBroker) -> float:
    """What this process, its JVM, its workers and the broker have used so far."""
    ours = psutil.Process()
    guard = psutil.Process(broker.guard_pid)
    processes = {each.pid: each for each in (ours, *ours.children(recursive=True), *guard.children(recursive=True))}
    return sum(map(_of_process, processes.values()))


def _of_process(process: psutil.Process) -> float:
    # Of a worker that has ended its parent tells.
    with suppress(psutil.NoSuchProcess):
        return sum(process.cpu_times()[:4])
    return 0.0


if __name__ == "__main__":
    app()
