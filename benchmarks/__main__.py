"""`python -m benchmarks`: every case in one run, as a table, `.local/bench/result.json` and `.local/bench/result.svg`."""

import os
import platform
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import latency, producing, report, same_weights, scoring, sustained, table_size
from benchmarks.measurement import Case
from benchmarks.model import champion
from benchmarks.stage import ROOT, Stage
from benchmarks.texts import texts
from sentistream import command_line, spark
from sentistream.kafka.embedded_broker import EmbeddedBroker
from stream_processor.settings import ProcessorSettings

FOLDER = ROOT / ".local" / "bench"
PEERS = FOLDER / "peers"
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Group(StrEnum):
    """What can be measured."""

    SCORING = "scoring"
    SUSTAINED = "sustained"
    LATENCY = "latency"
    TABLE_SIZE = "table-size"
    PRODUCING = "producing"


@app.command()
def main(
    short: Annotated[
        bool, typer.Option("--short", envvar="BENCH_SHORT", help="Few tweets, once: does it run at all?")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(envvar="BENCH_DATA", help="Labelled tweets to train on and to send; else invented ones."),
    ] = None,
    only: Annotated[list[Group] | None, typer.Option(help="Some groups only.")] = None,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
    tweets: Annotated[int, typer.Option(min=1000, help="Sent to the sustained cases.")] = 1_000_000,
    seconds: Annotated[float, typer.Option(min=15, help="How long the latency cases last.")] = 600,
) -> None:
    """Measure, print a table and write JSON and SVG; ratios within this run are what counts."""
    groups = only or list(Group)
    repeats, tweets, seconds = (1, 6_000, 12.0) if short else (repeats, tweets, seconds)
    console = Console()
    shutil.rmtree(FOLDER / "runs", ignore_errors=True)
    (FOLDER / "runs").mkdir(parents=True)
    pipeline = champion(FOLDER, data) if set(groups) != {Group.PRODUCING} else FOLDER
    cases: list[Case] = []
    if Group.SCORING in groups:
        settings = ProcessorSettings.from_options(
            spark_driver_memory="3g", spark_scratch=str(FOLDER / "runs" / "spark"), spark_log=str(FOLDER / "spark.log")
        )
        session = spark.session(settings, "benchmarks", spark.QUICK_COMPILER if short else "")
        sample = texts(data)[: 2_000 if short else None]
        cases += scoring.cases(session, pipeline, sample, repeats)
        session.stop()
    if {Group.SUSTAINED, Group.LATENCY, Group.PRODUCING} & set(groups):
        with EmbeddedBroker(FOLDER / "runs" / "broker", fresh=True) as broker:
            stage = Stage(FOLDER / "runs", broker, data)
            if Group.SUSTAINED in groups:
                weights = FOLDER / "pipeline.pickle"
                same_weights.write(pipeline, weights)
                contenders = sustained.SHORT if short else sustained.OURS + sustained.peers(PEERS)
                cases += sustained.cases(stage, contenders, weights, tweets, repeats)
            if Group.LATENCY in groups:
                cases += _latencies(stage, seconds, short)
            if Group.PRODUCING in groups:
                cases += producing.cases(stage, tweets, repeats, producing.SHORT if short else producing.ALL)
                if not short:
                    cases.append(producing.large_file(stage))
                    cases += [producing.broker_away(stage, client) for client in producing.CLIENTS]
    if Group.TABLE_SIZE in groups:
        cases.append(table_size.case(*((10_000, 100) if short else (10_000_000, 10_000))))
    console.print(report.table(cases))
    report.write(cases, _machine(), FOLDER)
    console.print(f"{FOLDER / 'result.json'} and result.svg hold the same.")


def _latencies(stage: Stage, seconds: float, short: bool) -> list[Case]:
    if short:
        return [latency.case(stage, 500, seconds)]
    hour = 3_600_000
    return [
        latency.case(stage, 1_000, seconds, remembered=hour),
        latency.case(stage, 1_000, seconds / 5, window_seconds=0),
        latency.case(stage, 5_800, seconds),
        latency.case(stage, 1_000, seconds),
        latency.case(stage, 1_000, seconds, with_tables=True),
    ]


def _machine() -> dict[str, Any]:
    processor = next((line.split(": ")[1] for line in _cpu_lines() if line.startswith("model name")), "unknown")
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def _cpu_lines() -> list[str]:
    file = Path("/proc/cpuinfo")
    return file.read_text().splitlines() if file.exists() else []


if __name__ == "__main__":
    command_line.run(app)
