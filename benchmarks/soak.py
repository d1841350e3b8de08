"""`python -m benchmarks.soak`: whether an hour of watching costs memory: the web service's and a browser's, while tweets stream.

Compared are the second tenth of the time, when all is warm, and the last. Memory is the proportional share (PSS) of each process and its children.
"""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.request import urlopen

import orjson
import psutil
import typer
from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks import model
from benchmarks.stage import Stage, processor_seconds, running
from sentistream.errors import UserError
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port

FOLDER = Path(".local/bench/soak").absolute()
TOPIC = "soak"
FLAT = 1.10
"""The most that memory may grow by between the two tenths."""
SAMPLES = 120
"""Looks at the memory, over the whole time."""
START_SECONDS = 180.0
DAY = 86_400
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Watched:
    """One process and its children, as they were found over time."""

    name: str
    pid: int
    mebibytes: list[float] = field(default_factory=list)

    def look(self) -> None:
        """Once more."""
        tree = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
        self.mebibytes.append(sum(_pss(each) for each in tree) / 2**20)

    @property
    def tenths(self) -> tuple[float, float]:
        """Medians of the second tenth and of the last, in MiB."""
        size = max(1, len(self.mebibytes) // 10)
        return statistics.median(self.mebibytes[size : 2 * size]), statistics.median(self.mebibytes[-size:])

    @property
    def growth(self) -> float:
        """1 is flat."""
        first, last = self.tenths
        return last / first


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0


@contextmanager
def system(stage: Stage) -> Iterator[tuple[int, int]]:
    """Processor, keeper of the tables and web service; the port and the process id of the last."""
    environment, port = stage.environment(TOPIC, TOPIC), free_port()
    with ExitStack() as ending:
        for name, module, *arguments in (
            ("processor", "stream_processor", "run"),
            ("tables", "stream_processor", "tables"),
            ("web", "web_service"),
        ):
            command = [sys.executable, "-m", module, *arguments]
            own = {**environment, "WEB_PORT": str(port), "SPARK_SCRATCH": str(stage.folder / f"{name}-spark")}
            process = ending.enter_context(running(command, own, stage.folder / f"{name}.log"))
        _wait(port, process)
        yield port, process.pid


def _load(stage: Stage, rate: int) -> list[str]:
    """More tweets than the soak lasts for: it is ended with the rest."""
    options = {"bootstrap-servers": stage.broker.bootstrap_servers, "topic": TOPIC, "rate": rate, "tweets": rate * DAY}
    return [sys.executable, "-m", "benchmarks.load", *(f"--{name}={value}" for name, value in options.items())]


def _wait(port: int, web: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}/ping").close()
            return
        except OSError:
            if web.poll() is not None or time.monotonic() > deadline:
                raise UserError(f"The web service does not answer; {FOLDER / 'web.log'} says why.") from None
            time.sleep(0.5)


def soak(page: Page, watched: list[Watched], seconds: float, console: Console) -> None:
    """Look at the memory until the time is up; the page is asked meanwhile, so that what it is sent is worked on."""
    began = time.monotonic()
    for number in range(SAMPLES):
        page.wait_for_timeout(max(0.0, began + (number + 1) * seconds / SAMPLES - time.monotonic()) * 1000)
        for each in watched:
            each.look()
        if number % (SAMPLES // 10) == 0:
            now = ", ".join(f"{each.name} {each.mebibytes[-1]:,.0f} MiB" for each in watched)
            console.print(f"{time.monotonic() - began:,.0f} s: {now}")


@app.command()
def main(
    minutes: Annotated[float, typer.Option(min=0.5, help="How long.")] = 60,
    rate: Annotated[int, typer.Option(min=1, help="Tweets a second.")] = 1_000,
    chromium: Annotated[str, typer.Option(help="The browser.")] = "/usr/bin/chromium",
) -> None:
    """Stream, watch, and end with exit code 1 where memory has grown by more than a tenth."""
    console = Console(stderr=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    model.champion(FOLDER, None)
    seconds = minutes * 60
    with ExitStack() as ending:
        broker = ending.enter_context(EmbeddedBroker(FOLDER / "broker", fresh=True))
        stage = Stage(FOLDER, broker, None)
        stage.create_topic(TOPIC)
        port, server = ending.enter_context(system(stage))
        ending.enter_context(running(_load(stage, rate), stage.environment(TOPIC, TOPIC), FOLDER / "load.log"))
        playwright = ending.enter_context(sync_playwright())
        before = set(psutil.Process().children(recursive=True))
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        ending.callback(browser.close)
        [first, *_] = [each for each in psutil.Process().children(recursive=True) if each not in before]
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        watched = [Watched("web service", server), Watched("browser", first.pid)]
        used = processor_seconds(server)
        soak(page, watched, seconds, console)
        used = processor_seconds(server) - used
    figures = {
        "minutes": minutes,
        "tweets_per_second": rate,
        "web_service_cores": round(used / seconds, 3),
        **{
            each.name.replace(" ", "_"): {"second_tenth_mib": each.tenths[0], "last_tenth_mib": each.tenths[1]}
            for each in watched
        },
    }
    (FOLDER / "result.json").write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    shown = Table("memory of", "second tenth, MiB", "last tenth, MiB", "growth")
    for each in watched:
        shown.add_row(each.name, *(f"{value:,.0f}" for value in each.tenths), f"{each.growth:.3f}")
    Console().print(shown)
    raise typer.Exit(int(any(each.growth > FLAT for each in watched)))


if __name__ == "__main__":
    app()
