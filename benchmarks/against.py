"""`python -m benchmarks.against CHECKOUT`: this checkout's processor against another's, in turn: A B B A, several times.

One broker, one sender and one champion serve both, so that only the processor differs. `CHECKOUT` is another version of the project
with its own `.venv` (`make setup` there), as a rule the commit before. The ratio of a round is that of its two B to its two A, so a machine
that grows slower during a round favours neither; the figure is the median of the rounds' ratios.
"""

import shutil
import statistics
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import orjson
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.followers import CommitFollower
from benchmarks.model import champion
from benchmarks.stage import ROOT, Stage, running, wait_for
from benchmarks.written import DeltaCommits, rate
from sentistream.errors import UserError
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.lake.tables import SCORED

FOLDER = ROOT / ".local" / "bench" / "against"
START_SECONDS = 5.0
"""The first seconds of a latency run, in which Spark compiles its plan."""
TOPIC = "against"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Figures:
    """The figures of one run of a processor."""

    tweets_per_second: float
    p50_seconds: float
    p99_seconds: float


FIGURES = ("tweets_per_second", "p50_seconds", "p99_seconds")


@app.command()
def main(
    checkout: Annotated[Path, typer.Argument(help="The other version: B is this one, A is that one.", exists=True)],
    data: Annotated[Path | None, typer.Option(envvar="BENCH_DATA", help="Labelled tweets; else invented ones.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often A B B A.")] = 6,
    tweets: Annotated[int, typer.Option(min=1000, help="Read at full speed in each run.")] = 400_000,
    seconds: Annotated[float, typer.Option(min=10, help="How long each run is sent 1,000 tweets/s.")] = 25,
) -> None:
    """Measure both and print the median of the ratios with its spread."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    champion(FOLDER, data)
    rows: dict[str, list[Figures]] = {"A": [], "B": []}
    places = {"A": checkout.resolve(), "B": ROOT}
    with EmbeddedBroker(FOLDER / "broker", fresh=True) as broker:
        stage = Stage(FOLDER, broker, data)
        stage.create_topic(TOPIC)
        stage.load(TOPIC, rate=0, tweets=tweets)
        for number in range(rounds):
            for which in "ABBA":
                figures = _run(stage, places[which], f"{number}-{which}-{len(rows[which])}", tweets, seconds)
                rows[which].append(figures)
                Console().print(f"round {number + 1}, {which}: {figures}")
    _report(rows)


def _run(stage: Stage, checkout: Path, name: str, tweets: int, seconds: float) -> Figures:
    environment = {**stage.environment(name, TOPIC), "LOG_KEPT_COMMITS": "1000000", "PYTHONPATH": str(checkout)}
    _whole_topic(checkout, environment, stage.folder / name / "sustained.log")
    table = Path(environment["LAKE_URI"]) / str(SCORED)
    sustained = rate(DeltaCommits(table).commits())
    shutil.rmtree(stage.folder / name / "lake")
    p50, p99 = _latencies(stage, checkout, f"{name}-steady", seconds)
    shutil.rmtree(stage.folder / name)
    return Figures(sustained, p50, p99)


def _whole_topic(checkout: Path, environment: Mapping[str, str], log: Path) -> None:
    command = [str(checkout / ".venv/bin/python"), "-m", "stream_processor", "run", "--once"]
    with log.open("wb") as output:
        run = subprocess.run(command, cwd=checkout, env=dict(environment), stdout=output, stderr=output)  # noqa: S603 - our own module
    if run.returncode:
        raise UserError(f"{checkout}: the processor ended with {run.returncode}: {log.read_text()[-500:]}")


def _latencies(stage: Stage, checkout: Path, name: str, seconds: float) -> tuple[float, float]:
    topic = f"{TOPIC}-{name}-{time.monotonic_ns()}"
    stage.create_topic(topic)
    environment = {**stage.environment(name, topic), "PYTHONPATH": str(checkout)}
    command = [str(checkout / ".venv/bin/python"), "-m", "stream_processor", "run"]
    with running(command, environment, stage.folder / name / "log", checkout) as process:
        wait_for(stage.folder / name / "log", b"streaming", process)
        follower = CommitFollower(environment["LAKE_URI"])
        follower.start()
        started = time.time()
        stage.load(topic, 1_000, int(1_000 * seconds))
        time.sleep(2)
        follower.finish()
    p50, p99 = np.percentile(follower.latencies(started + START_SECONDS), [50, 99])
    shutil.rmtree(stage.folder / name)
    return float(p50), float(p99)


def _report(rows: Mapping[str, list[Figures]]) -> None:
    shown = Table("figure", "A (median)", "B (median)", "B / A: median of rounds", "lowest", "highest")
    for figure in FIGURES:
        a, b = ([getattr(each, figure) for each in rows[which]] for which in "AB")
        ratios = [sum(b[at : at + 2]) / sum(a[at : at + 2]) for at in range(0, len(a), 2)]
        middle = (statistics.median(a), statistics.median(b), statistics.median(ratios), min(ratios), max(ratios))
        shown.add_row(figure, *(f"{value:,.0f}" if value > 100 else f"{value:.3f}" for value in middle))
    Console().print(shown)
    (FOLDER / "result.json").write_bytes(
        orjson.dumps({which: [vars(each) for each in runs] for which, runs in rows.items()})
    )


if __name__ == "__main__":
    app()
