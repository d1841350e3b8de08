"""`python -m benchmarks.outliving`: what a batch pays for the check of its probabilities, and a commit for the record of its version."""

import hashlib
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
from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import TABLES
from sentistream.scoring import probabilities
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.succession.served_versions import Served

FOLDER = Path(".local/bench/outliving").absolute()
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def _version(number: int) -> ModelVersion:
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return ModelVersion("bench", number, LabelMap(POLAR), NeutralBand(), "run", digest=digest)


@app.command()
def main(
    rows: Annotated[int, typer.Option(min=1, help="In each batch.")] = 50_000,
    rounds: Annotated[int, typer.Option(min=1, help="In each, every kind of commit once.")] = 30,
) -> None:
    """Measure both, the kinds of commit in turns on one table."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    lake = Lake.at(str(FOLDER / "lake"))
    for table in TABLES:
        create.create(lake, table)
    sink, drawn, now, start = LakeSink(lake, TOPIC), ScoredRows(texts(None)), datetime.now(UTC), 0
    scores = np.random.default_rng(7).dirichlet((1.0, 1.0), rows)
    taken: dict[str, list[float]] = {}
    for number in range(rounds):
        begun = time.perf_counter()
        probabilities.required(scores, _version(1))
        taken.setdefault("the check alone", []).append(time.perf_counter() - begun)
        new = Served(_version(number + 1))
        kinds = {"no record": None, "another version, the first time": new, "the version of the commit before": new}
        for name, served in kinds.items():
            batch = drawn.batch_of(start, rows, now)
            start += rows
            begun = time.perf_counter()
            sink.append(batch, served)
            taken.setdefault(f"commit: {name}", []).append(time.perf_counter() - begun)
    shown = Table("what", "median, ms", "fastest, ms", title=f"{rounds} batches of {rows:,} rows each")
    for name, seconds in taken.items():
        shown.add_row(name, f"{statistics.median(seconds) * 1e3:.2f}", f"{min(seconds) * 1e3:.2f}")
    Console().print(shown)


if __name__ == "__main__":
    app()
