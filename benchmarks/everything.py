"""`python -m benchmarks.everything`: one case with everything on, as the containers run it: the stream at 1,000 tweets/s, bronze and gold beside it."""

import shutil
import statistics
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import latency, report
from benchmarks.model import champion
from benchmarks.stage import ROOT, Stage
from sentistream.kafka.embedded_broker import EmbeddedBroker

FOLDER = ROOT / ".local" / "bench" / "everything"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path | None, typer.Option(envvar="BENCH_DATA", help="Labelled tweets; else invented ones.")] = None,
    seconds: Annotated[float, typer.Option(min=30, help="How long tweets are sent.")] = 120,
    rate: Annotated[float, typer.Option(min=1, help="Tweets a second.")] = 1_000,
    alone: Annotated[bool, typer.Option(help="Also without bronze and gold, before and after.")] = False,
) -> None:
    """Measure latency, processor seconds per million tweets, and the memory of all."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    champion(FOLDER, data)
    with EmbeddedBroker(FOLDER / "broker", fresh=True) as broker:
        stage, turns = Stage(FOLDER, broker, data), (False, True, False) if alone else (True,)
        cases = [latency.case(stage, rate, seconds, with_tables=beside) for beside in turns]
    console = Console()
    console.print(report.table(cases))
    for case in cases:
        for name, value in {"p50": case.median, **case.details}.items():
            console.print(f"{name}: {value:,.2f}")
    if alone:
        p99 = [case.details["p99"] for case in cases]
        console.print(f"p99 beside bronze and gold / alone: {p99[1] / statistics.mean([p99[0], p99[2]]):.2f}")


if __name__ == "__main__":
    app()
