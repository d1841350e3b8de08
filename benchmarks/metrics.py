"""`python -m benchmarks.metrics`: what metrics cost the stream, in turn without and with them, asked for each second: A B B A, several times.

Prometheus asks every 15 s; here it is fifteen times as often. What each batch pays for being counted, asked or not, is measured beside it. Against the commit
before there were any, `python -m benchmarks.against CHECKOUT` measures the whole.
"""

import shutil
import statistics
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from urllib.request import urlopen

import numpy as np
import pyarrow as pa
import typer
from rich.console import Console

from benchmarks.model import champion
from benchmarks.stage import ROOT, Stage, processor_seconds, running
from benchmarks.written import DeltaCommits, rate
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port
from sentistream.lake.tables import SCORED
from sentistream.metrics.distribution import Distribution
from stream_processor.stream.meter.batches import LATENCY_SECONDS, seconds_since

FOLDER = ROOT / ".local" / "bench" / "metrics"
TOPIC = "metrics"
PATIENCE_SECONDS = 300.0
BATCH_ROWS = 50_000
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path | None, typer.Option(envvar="BENCH_DATA", help="Labelled tweets; else invented ones.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often A B B A.")] = 4,
    tweets: Annotated[int, typer.Option(min=10_000, help="Read at full speed in each run.")] = 400_000,
) -> None:
    """Measure both and print the ratio of the rates: 0.98 at least is what is asked for."""
    console = Console()
    console.print(f"counting a batch of {BATCH_ROWS:,} rows: {_counting() * 1000:.2f} ms of processor time")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    champion(FOLDER, data)
    ratios, costs = [], []
    with EmbeddedBroker(FOLDER / "broker", fresh=True) as broker:
        stage = Stage(FOLDER, broker, data)
        stage.create_topic(TOPIC)
        stage.load(TOPIC, rate=0, tweets=tweets)
        for number in range(rounds):
            runs = [(which, *_run(stage, f"{number}-{at}", which == "B", tweets)) for at, which in enumerate("ABBA")]
            rates = {name: sum(each[1] for each in runs if each[0] == name) for name in "AB"}
            seconds = {name: sum(each[2] for each in runs if each[0] == name) for name in "AB"}
            ratios.append(rates["B"] / rates["A"])
            costs.append(seconds["B"] / seconds["A"])
            console.print(f"round {number + 1}: {runs}")
    for name, found in (("rate", ratios), ("processor seconds", costs)):
        spread = f"{min(found):.3f}–{max(found):.3f}"
        console.print(f"with metrics / without, {name}: {statistics.median(found):.3f} (median of {rounds}; {spread})")


def _run(stage: Stage, name: str, served: bool, tweets: int) -> tuple[float, float]:
    """Tweets a second, and processor seconds, of one processor over the whole topic."""
    port = free_port() if served else 0
    environment = stage.environment(name, TOPIC) | {"METRICS_PORT": str(port), "LOG_KEPT_COMMITS": "1000000"}
    table = Path(environment["LAKE_URI"]) / str(SCORED)
    asking = threading.Event()
    scraper = threading.Thread(target=_ask, args=(port, asking), daemon=True)
    command = [sys.executable, "-m", "stream_processor", "run"]
    with running(command, environment, stage.folder / name / "log") as process:
        if served:
            scraper.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while sum(rows for _, rows in DeltaCommits(table).commits()) < tweets:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"not all tweets came: {(stage.folder / name / 'log').read_text()[-500:]}")
            time.sleep(0.5)
        used = processor_seconds(process.pid)
        asking.set()
    found = rate(DeltaCommits(table).commits())
    shutil.rmtree(stage.folder / name)
    return found, used


def _ask(port: int, ended: threading.Event) -> None:
    while not ended.wait(1):
        # Until it streams, nobody answers.
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            answer.read()


def _counting() -> float:
    """Processor seconds of counting one batch's latencies, the median of many."""
    counted, now = Distribution(LATENCY_SECONDS), time.time()
    moments = (now * 1e6 - np.random.default_rng(5).integers(0, 10**7, BATCH_ROWS)).astype(np.int64)
    column = pa.chunked_array([pa.array(moments).cast(pa.timestamp("us", tz="UTC"))])
    taken = []
    for _ in range(200):
        started = time.process_time()
        counted.add_all(seconds_since(column, now))
        taken.append(time.process_time() - started)
    return statistics.median(taken)


if __name__ == "__main__":
    app()
