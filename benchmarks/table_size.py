"""`python -m benchmarks.table_size`: what a batch costs on a small and on a large table, and what a restart reads back.

Appends equal batches through the real sink, with maintenance running beside it as in production, and compares the time of
the first batches with that of the last ones. Then opens the table again and rebuilds the window of ids from it.
"""

import shutil
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import orjson
import psutil
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.measurement import Case
from benchmarks.scored import TOPIC, ScoredRows
from benchmarks.texts import texts
from sentistream import log, spark
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import SCORED
from sentistream.process.periodic import Periodic
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.deduplication.recent_ids import RecentIds
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.upkeep import Upkeep

FOLDER = Path(".local/bench/table_size").absolute()
COMPARED = 500
"""Batches at each end whose median is compared."""
LEFT_OUT = 50
"""First batches that warm things up and are not compared."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Growth:
    """What one table cost while it grew."""

    rows: int
    commits: int
    first_ms: list[float]
    """Of the first batches."""
    last_ms: list[float]
    """Of the last ones."""
    live_files: int
    ids: int
    rebuild_seconds: float
    rebuild_grew_mib: int
    id_bytes: int

    @property
    def ratio(self) -> float:
        """How much longer a batch takes at the end than at the beginning (medians)."""
        return statistics.median(self.last_ms) / statistics.median(self.first_ms)

    def figures(self) -> dict[str, float]:
        """As the table and the JSON show them."""
        return {
            "rows": self.rows,
            "commits": self.commits,
            "live_files": self.live_files,
            "first_batches_ms": round(statistics.median(self.first_ms), 1),
            "last_batches_ms": round(statistics.median(self.last_ms), 1),
            "ratio": round(self.ratio, 3),
            "first_p99_ms": round(float(np.percentile(self.first_ms, 99)), 1),
            "last_p99_ms": round(float(np.percentile(self.last_ms, 99)), 1),
            "ids": self.ids,
            "rebuild_seconds": round(self.rebuild_seconds, 2),
            "rebuild_grew_mib": self.rebuild_grew_mib,
            "id_bytes": self.id_bytes,
        }


def case(rows: int, commits: int) -> Case:
    """The cost of a batch at the end against that at the beginning, as a case of `make bench`."""
    grown = grow(rows, commits, Console(quiet=True))
    name = f"the last batches onto {grown.rows:,} rows in {commits:,} commits ÷ the first"
    return Case("batch time by table size", name, "×", [grown.ratio], "1 is flat", grown.figures())


def grow(rows: int, commits: int, console: Console) -> Growth:
    """Append `rows` in `commits` equal batches, then read the window of ids back."""
    settings = ProcessorSettings.from_options(spark_scratch=str(FOLDER / "spark"), spark_log=str(FOLDER / "spark.log"))
    log.configure(settings)
    shutil.rmtree(FOLDER, ignore_errors=True)
    lake = Lake.at(str(FOLDER / "lake"))
    session = spark.session(settings, "bench")
    create_by_spark(session, lake)
    session.stop()
    sink = LakeSink(lake, TOPIC, timedelta(hours=6))
    upkeep = Upkeep(lake, seconds=10)
    maintenance = Periodic("upkeep", upkeep.round, upkeep.pause_seconds)
    maintenance.start()
    draw, each = ScoredRows(texts(None)), rows // commits
    milliseconds: list[float] = []
    compared = min(COMPARED, commits // 4)
    for number in track(range(commits), description="appending", console=console):
        data = draw.batch_of(number * each, each, datetime.now(UTC))
        started = time.perf_counter()
        sink.append(data)
        milliseconds.append((time.perf_counter() - started) * 1000)
        if (number + 1) % max(commits // 10, compared) == 0:
            console.print(f"{number + 1:,} commits: {statistics.median(milliseconds[-compared:]):.1f} ms a batch")
    maintenance.finish()
    del sink
    before = psutil.Process().memory_info().rss
    started = time.perf_counter()
    table = lake.require(SCORED)
    window = RecentIds.rebuild(table, timedelta(hours=6), datetime.now(UTC))
    rebuilt = time.perf_counter() - started
    return Growth(
        each * commits,
        commits,
        milliseconds[min(LEFT_OUT, compared) :][:compared],
        milliseconds[-compared:],
        len(table.file_uris()),
        len(window),
        rebuilt,
        round((psutil.Process().memory_info().rss - before) / 2**20),
        window.bytes_held // max(len(window), 1),
    )


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=1)] = 10_000_000,
    commits: Annotated[int, typer.Option(min=100)] = 10_000,
) -> None:
    """Measure, print a table and write `.local/bench/table_size/result.json`."""
    figures = grow(rows, commits, Console(stderr=True)).figures()
    (FOLDER / "result.json").write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    shown = Table("what", "value")
    for name, value in figures.items():
        shown.add_row(name.replace("_", " "), f"{value:,}")
    Console().print(shown)


if __name__ == "__main__":
    app()
