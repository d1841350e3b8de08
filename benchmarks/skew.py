"""`python -m benchmarks.skew`: what a skewed key costs: one rule that matches 90 % of all tweets, one minute with all of a million.

The same number of tweets goes through the sink and into gold in three shapes; ratios to the even one are what counts.
"""

import shutil
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.scored import TOPIC, ScoredRows
from benchmarks.texts import texts
from sentistream import log
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create
from sentistream.lake.tables import TABLES
from sentistream.settings import ServiceSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.gold import Gold

FOLDER = Path(".local/bench/skew").absolute()
SHAPES = {"even": (0.1, 60), "one rule matches 90 %": (0.9, 60), "all in one minute": (0.1, 1), "both": (0.9, 1)}
"""Share of the popular rule, and minutes that the tweets are spread over."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=1_000)] = 1_000_000,
    commits: Annotated[int, typer.Option(min=1)] = 100,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
) -> None:
    """Measure and print; the first round warms the disk's cache and is left out."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    log.configure(ServiceSettings.from_options())
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in SHAPES}
    for repeat in range(repeats + 1):
        for name, (popular, minutes) in SHAPES.items():
            found = _once(Lake.at(str(FOLDER / f"{repeat}-{name}")), rows, commits, popular, minutes)
            if repeat:
                taken[name].append(found)
    medians = {name: _medians(found) for name, found in taken.items()}
    shown = Table("shape", "sink s", "÷ even", "gold s", "÷ even")
    for name, (sink, gold) in medians.items():
        even_sink, even_gold = medians["even"]
        shown.add_row(name, f"{sink:.2f}", f"{sink / even_sink:.2f}", f"{gold:.2f}", f"{gold / even_gold:.2f}")
    Console().print(shown)


def _medians(found: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(sink for sink, _ in found), statistics.median(gold for _, gold in found)


def _once(lake: Lake, rows: int, commits: int, popular: float, minutes: int) -> tuple[float, float]:
    """Seconds in the sink, and of one update of gold that recomputes all of it."""
    for table in TABLES:
        create(lake, table)
    sink, draw, each = LakeSink(lake, TOPIC), ScoredRows(texts(None), popular), rows // commits
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    appending = 0.0
    for number in range(commits):
        numbers = np.arange(number * each, (number + 1) * each)
        created_at = int(hour.timestamp() * 1e6) + numbers * (minutes * 60_000_000) // (each * commits)
        batch = draw.batch(number * each, created_at, hour)
        started = time.perf_counter()
        sink.append(batch)
        appending += time.perf_counter() - started
    gold = Gold(lake)
    started = time.perf_counter()
    gold.update()
    taken = time.perf_counter() - started
    gold.finish()
    return appending, taken


if __name__ == "__main__":
    app()
