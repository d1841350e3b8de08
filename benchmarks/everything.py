"""`python -m benchmarks.everything`: one case with everything on, as the containers run it: the stream at 1,000 tweets/s, bronze and gold beside it."""

import shutil
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
) -> None:
    """Measure latency, processor seconds per million tweets, and the memory of all."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    champion(FOLDER, data)
    with EmbeddedBroker(FOLDER / "broker", fresh=True) as broker:
        case = latency.case(Stage(FOLDER, broker, data), rate, seconds, with_tables=True)
    console = Console()
    console.print(report.table([case]))
    for name, value in {"p50": case.median, **case.details}.items():
        console.print(f"{name}: {value:,.2f}")


if __name__ == "__main__":
    app()
