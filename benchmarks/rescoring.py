"""`python -m benchmarks.rescoring`: how fast a rescoring is, and how much memory it takes.

Appends invented tweets to a lake of its own and rescores all of them with the champion of the registry.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import orjson
import psutil
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.scored import TOPIC, ScoredRows
from benchmarks.stage import ROOT
from benchmarks.texts import texts
from sentistream import command_line, log, spark
from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction
from sentistream.lake.period import Period
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import SCORED
from sentistream.scoring import registry
from stream_processor.history import proven
from stream_processor.history.rescore import rescore
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.sink.lake_sink import LakeSink

FOLDER = ROOT / ".local" / "bench" / "rescoring"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def fill(settings: ProcessorSettings, rows: int, commits: int, console: Console) -> None:
    """Append `rows` in `commits` equal batches, merged as the stream's upkeep leaves an open partition."""
    session = spark.session(settings, "bench")
    lake = Lake.at(settings.lake_uri)
    create_by_spark(session, lake)
    session.stop()
    sink, each = LakeSink(lake, TOPIC, timedelta(0)), rows // commits
    draw, began = ScoredRows(texts(None)), datetime.now(UTC) - timedelta(seconds=commits)
    for number in track(range(commits), description="appending", console=console):
        sink.append(draw.batch_of(number * each, each, began + timedelta(seconds=number)))
    compaction.compact(lake.require(SCORED))


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """The process's resident bytes, before and at their highest, twenty times a second."""
    process, ended = psutil.Process(), threading.Event()
    seen = [process.memory_info().rss] * 2

    def look() -> None:
        while not ended.wait(0.05):
            seen[1] = max(seen[1], process.memory_info().rss)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=1000)] = 500_000,
    commits: Annotated[int, typer.Option(min=1)] = 100,
) -> None:
    """Measure with the registry's champion, print a table and write `.local/bench/rescoring/result.json`."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    settings = ProcessorSettings.from_options(
        lake_uri=str(FOLDER / "lake"), spark_scratch=str(FOLDER / "spark"), spark_log=str(FOLDER / "spark.log")
    )
    log.configure(settings)
    model = registry.resolve(settings)
    if model is None:
        raise UserError(f"There is no {settings.model_name}@{settings.model_alias} to score with: run `make train`.")
    fill(settings, rows, commits, Console(stderr=True))
    scorer = proven.proven_scorer(settings, model)
    with peak_memory() as resident:
        started = time.monotonic()
        dry = rescore(Lake.at(settings.lake_uri), scorer, Period(), dry_run=True)
        scored = time.monotonic()
        done = rescore(Lake.at(settings.lake_uri), scorer, Period())
        ended = time.monotonic()
    figures = {
        "rows": done.rescored,
        "commits": done.commits,
        "seconds": round(ended - scored, 2),
        "rows_per_second": round(done.rescored / (ended - scored)),
        "dry_run_rows_per_second": round(dry.rescored / (scored - started)),
        "memory_grew_mib": round((resident[1] - resident[0]) / 2**20),
    }
    (FOLDER / "result.json").write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    shown = Table("what", "value")
    for name, value in figures.items():
        shown.add_row(name.replace("_", " "), f"{value:,}")
    Console().print(shown)


if __name__ == "__main__":
    command_line.run(app)
