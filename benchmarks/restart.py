"""`python -m benchmarks.restart`: from the start of the process to its first commit, onto a lake that is already large.

`python -m benchmarks.table_size` makes such a lake; its rows are in the window of ids as long as they are younger than that.
"""

import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.stage import ROOT, Memory, Stage, running, wait_for
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED

FOLDER = ROOT / ".local" / "bench" / "restart"
TOPIC = "restart"
TWEETS = 1000
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    lake_uri: Annotated[Path, typer.Option()] = ROOT / ".local" / "bench" / "table_size" / "lake",
    restarts: Annotated[int, typer.Option(min=1)] = 5,
    window_seconds: Annotated[int, typer.Option()] = 6 * 3600,
) -> None:
    """Start, score a thousand tweets, stop; again and again. The first start is not counted: it is none of a known topic."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    found: list[dict[str, float]] = []
    with EmbeddedBroker(FOLDER / "broker", fresh=True) as broker:
        stage = Stage(FOLDER, broker, None)
        stage.create_topic(TOPIC)
        environment = stage.environment("run", TOPIC) | {
            "LAKE_URI": str(lake_uri),
            "DEDUPLICATION_WINDOW_SECONDS": str(window_seconds),
            "LOG_LEVEL": "DEBUG",
        }
        for number in range(restarts + 1):
            stage.load(TOPIC, 0, TWEETS, first_id=10**18 + number * TWEETS)
            found.append(_start(environment, FOLDER / f"{number}.log"))
    shown = Table("restart", "streaming after s", "first commit after s", "ids in the window", "peak MiB")
    for number, each in enumerate(found[1:], 1):
        shown.add_row(str(number), *(f"{value:,.1f}" for value in each.values()))
    Console().print(shown)
    result = {"rows": _rows(str(lake_uri)), "restarts": found[1:]}
    result["first_commit_seconds_median"] = statistics.median(each["first_commit"] for each in found[1:])
    (FOLDER / "result.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    Console().print(f"{result['rows']:,} rows in the table; median {result['first_commit_seconds_median']:.1f} s")


def _start(environment: dict[str, str], log: Path) -> dict[str, float]:
    started = time.monotonic()
    with running([sys.executable, "-m", "stream_processor", "run"], environment, log) as process:
        memory = Memory(process.pid)
        memory.start()
        wait_for(log, b"streaming ", process)
        streaming = time.monotonic() - started
        wait_for(log, f"scored={TWEETS} total".encode(), process)
        first_commit = time.monotonic() - started
        peak = memory.finish()
    remembered = int(log.read_text().rpartition("remembered=")[2].split()[0])
    return {"streaming": streaming, "first_commit": first_commit, "remembered": remembered, "peak_mib": peak}


def _rows(lake_uri: str) -> int:
    counts = Lake.at(lake_uri).require(SCORED).get_add_actions(flatten=True)["num_records"].to_pylist()
    return sum(counts)


if __name__ == "__main__":
    app()
