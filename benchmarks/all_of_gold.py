"""`python -m benchmarks.all_of_gold`: gold is made whole by `sentistream tables`, from a scored table as maintenance leaves it; how long, and how much memory.

A smaller table than a day's stands for it: the files are as large, and what a day takes is counted up from the rate.
"""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import orjson
import typer
from deltalake import write_deltalake

from benchmarks.scored import ScoredRows
from benchmarks.stage import tables_once
from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create
from sentistream.lake.tables import PER_MINUTE, SCORED

FOLDER = Path(".local/bench/gold").absolute()
DAY_ROWS = 86_400_000
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=100_000)] = 8_640_000,
    files: Annotated[int, typer.Option(min=1, help="Of equal size, in the order of time.")] = 9,
    days: Annotated[int, typer.Option(min=1, help="Over how many days the tweets are spread.")] = 1,
    popular: Annotated[float, typer.Option(min=0, max=1)] = 0.9,
) -> None:
    """Measure, and print one line and JSON."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    lake = Lake.at(str(FOLDER / "lake"))
    scored = create(lake, SCORED)
    draw, each = ScoredRows(["a tweet"], popular), rows // files
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
    names = [field.name for field in scored.schema().fields]
    for number in range(files):
        numbers = np.arange(number * each, (number + 1) * each)
        moments = int(first.timestamp() * 1e6) + numbers * (days * 86_400_000_000 // (each * files))
        write_deltalake(scored, draw.batch(number * each, moments, first).select(names), mode="append")
    seconds, peak_mib = tables_once(lake)
    # The second time there is nothing to do.
    starting, _ = tables_once(lake)
    of_gold = sum(lake.require(PER_MINUTE).get_add_actions(flatten=True)["num_records"].to_pylist())
    result = {
        "rows": each * files,
        "seconds": round(seconds, 2),
        "of these to start and end": round(starting, 2),
        "rows a second": round(each * files / (seconds - starting)),
        "a day of 86.4 million, seconds": round(starting + DAY_ROWS * (seconds - starting) / (each * files), 1),
        "peak MiB": round(peak_mib),
        "rows of gold": of_gold,
    }
    typer.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    app()
