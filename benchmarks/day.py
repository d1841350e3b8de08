"""`python -m benchmarks.day`: a day of 1,000 tweets a second, faster: how many files it leaves, and how long a trend query takes.

Batches go through the real sink with maintenance beside it; gold is made by `stream_processor tables`; the queries are DuckDB's.
"""

import shutil
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import orjson
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.scored import TOPIC, ScoredRows
from benchmarks.stage import tables_once
from benchmarks.texts import texts
from sentistream import log
from sentistream.lake import queries
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction
from sentistream.lake.query import engine
from sentistream.lake.schema.create import create
from sentistream.lake.tables import PER_MINUTE, SCORED, TABLES
from sentistream.process.periodic import Periodic
from sentistream.settings import ServiceSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.upkeep import Upkeep

FOLDER = Path(".local/bench/day").absolute()
LOOKS = 4
"""How often, while the table grows, the queries are timed."""
ASKED = 3
TREND = """
SELECT date_trunc('hour', created_at), count(*), avg(p_positive), count(*) FILTER (WHERE sentiment = 'positive')
FROM scored_tweets GROUP BY 1 ORDER BY 1
"""
"""Without gold: every row is looked at."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=10_000)] = 86_400_000,
    commits: Annotated[int, typer.Option(min=LOOKS)] = 8_640,
    data: Annotated[
        Path | None, typer.Option(help="A labelled file with the texts; invented ones without one.")
    ] = None,
) -> None:
    """Measure, print tables and write `.local/bench/day/result.json`."""
    console = Console()
    shutil.rmtree(FOLDER, ignore_errors=True)
    log.configure(ServiceSettings.from_options())
    lake = Lake.at(str(FOLDER / "lake"))
    for name in TABLES:
        create(lake, name)
    looks = _grow(lake, rows, commits, texts(data), console)
    table = lake.require(SCORED)
    before = len(table.file_uris())
    compaction.compact(table)
    compaction.clean(table)
    table.update_incremental()
    looks.append(_look(lake) | {"seconds appending": looks[-1]["seconds appending"]})
    gold_seconds, gold_mib = tables_once(lake)
    named = {
        name: _asked(lake, queries.statement(name)) for name in ("share_over_time", "by_language", "by_hour", "by_rule")
    }
    result = {
        "growth, the last one after maintenance": looks,
        "files before the last maintenance": before,
        "all of gold": {"seconds": round(gold_seconds, 1), "peak MiB": round(gold_mib), "rows": _rows(lake)},
        "queries over gold, seconds": named,
    }
    (FOLDER / "result.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    shown = Table(*looks[0])
    for look in looks:
        shown.add_row(*(f"{look[name]:,}" for name in looks[0]))
    console.print(shown, result["all of gold"], named)


def _grow(lake: Lake, rows: int, commits: int, said: list[str], console: Console) -> list[dict[str, float]]:
    """Append a day of tweets in equal batches; what was seen while it grew."""
    sink = LakeSink(lake, TOPIC, timedelta(hours=1))
    upkeep = Upkeep(lake, seconds=10)
    maintenance = Periodic("upkeep", upkeep.round, upkeep.pause_seconds)
    maintenance.start()
    draw, each = ScoredRows(said, popular=0.9), rows // commits
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day_us, looks, appending = 86_400_000_000, [], 0.0
    for number in track(range(commits), description="appending", console=console):
        numbers = np.arange(number * each, (number + 1) * each)
        created_at = int(midnight.timestamp() * 1e6) + numbers * day_us // (each * commits)
        batch = draw.batch(number * each, created_at, midnight)
        started = time.perf_counter()
        sink.append(batch)
        appending += time.perf_counter() - started
        if (number + 1) % (commits // LOOKS) == 0:
            looks.append(_look(lake) | {"seconds appending": round(appending)})
            console.print(looks[-1])
    maintenance.finish()
    return looks


def _look(lake: Lake) -> dict[str, float]:
    adds = lake.require(SCORED).get_add_actions(flatten=True)
    return {
        "rows": sum(adds["num_records"].to_pylist()),
        "files": adds.num_rows,
        "MiB": round(sum(adds["size_bytes"].to_pylist()) / 2**20),
        "trend query over silver, s": _asked(lake, TREND),
    }


def _asked(lake: Lake, sql: str) -> float:
    """Seconds of a query with everything that `lake query` does; the median."""
    seconds = []
    for _ in range(ASKED):
        started = time.perf_counter()
        engine.ask(lake, sql)
        seconds.append(time.perf_counter() - started)
    return round(statistics.median(seconds), 3)


def _rows(lake: Lake) -> int:
    return sum(lake.require(PER_MINUTE).get_add_actions(flatten=True)["num_records"].to_pylist())


if __name__ == "__main__":
    app()
