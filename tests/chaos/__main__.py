"""`python -m tests.chaos`: the harness; seeded, ends with a table, exit code 0 only when nothing was lost or doubled."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import psutil
import typer
from rich.console import Console
from rich.table import Table

from sentistream import command_line
from sentistream.kafka import topic
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.lake.lake import Lake
from sentistream.process import guard
from sentistream.settings import KafkaSettings
from tests.chaos.keeper import Keeper
from tests.chaos.processor import POINTS
from tests.chaos.stream import Stream
from tests.chaos.verify import Verdict, verify

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".local" / "chaos"
FIXTURE = ROOT / "tests" / "fixtures" / "tweets.csv"
PATIENCE_SECONDS = 120.0
QUIET_SECONDS = 30.0
"""A processor that says nothing for so long has nothing to do, and comes to no crash point."""
LIFE_SECONDS = 12.0
"""About as long as a processor lives: within it the keeper dies, too."""
WAYS = (*POINTS, "while_streaming", "while_starting")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    runs: Annotated[int, typer.Option(envvar="RUNS", min=1, help="How often the processor is killed.")] = 10,
    records: Annotated[int, typer.Option(envvar="RECORDS", min=100)] = 50_000,
    rate: Annotated[float, typer.Option(envvar="RATE", help="Records a second.")] = 500,
    seed: Annotated[int | None, typer.Option(envvar="SEED")] = None,
    broker_restarts: Annotated[int, typer.Option(envvar="BROKER_RESTARTS")] = 1,
    producer_kills: Annotated[int, typer.Option(envvar="PRODUCER_KILLS")] = 2,
    checkpoints_deleted: Annotated[int, typer.Option(envvar="CHECKPOINTS_DELETED")] = 1,
    keeper_kills: Annotated[int, typer.Option(envvar="KEEPER_KILLS")] = 2,
    keeper_away: Annotated[float, typer.Option(help="Seconds that the keeper stays away after one more kill.")] = 0,
    ways: Annotated[list[str] | None, typer.Option(help="How the processor may die.")] = None,
) -> None:
    """Kill everything, again and again; then compare the sets of ids."""
    seed = seed if seed is not None else random.SystemRandom().randint(0, 2**31)
    console = Console()
    console.print(f"seed {seed}: `make chaos RUNS={runs} SEED={seed}` repeats the choices")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    harness = Harness(Stream(seed, records), rate, ways or list(WAYS), console, keeper_away)
    plan = {"broker": broker_restarts, "producer": producer_kills, "checkpoint": checkpoints_deleted}
    plan |= {"keeper": keeper_kills, "keeper away": 1 if keeper_away else 0}
    started = time.monotonic()
    verdict = harness.run(runs, plan)
    summary = {
        "seed": seed,
        "seconds": round(time.monotonic() - started),
        "done": dict(harness.done),
        "restart_seconds_median": sorted(harness.restarts)[len(harness.restarts) // 2] if harness.restarts else None,
        **asdict(verdict),
        "faultless": verdict.faultless,
    }
    (FOLDER / "summary.json").write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2))
    table = Table("what", "how many", title="nothing lost, nothing twice" if verdict.faultless else "FAULTS")
    for name, value in {**dict(sorted(harness.done.items())), **asdict(verdict)}.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    console.print(table)
    raise typer.Exit(0 if verdict.faultless else 1)


class Harness:
    """The processes, and what is done to them."""

    def __init__(
        self, stream: Stream, rate: float, ways: list[str], console: Console, keeper_away: float = 0.0
    ) -> None:
        self._stream = stream
        self._rate = rate
        self._ways = ways
        self._console = console
        self._draw = random.Random(stream.seed)  # noqa: S311 - repeatable on purpose
        self._environment = {
            "KAFKA_TOPIC": "tweets",
            "LAKE_URI": str(FOLDER / "lake"),
            "CHECKPOINT_URI": str(FOLDER / "checkpoints"),
            "SPARK_SCRATCH": str(FOLDER / "spark"),
            "SPARK_LOG": str(FOLDER / "spark.log"),
        }
        self._producer: subprocess.Popen[bytes] | None = None
        self._keeper_away = keeper_away
        self.done: Counter[str] = Counter()
        self.restarts: list[float] = []

    def run(self, runs: int, plan: dict[str, int]) -> Verdict:
        """Kill the processor `runs` times, with the other faults spread among the kills; then let it finish."""
        if "MLFLOW_TRACKING_URI" not in os.environ:
            self._train()
        with EmbeddedBroker(FOLDER / "broker", fresh=True) as broker:
            self._environment["KAFKA_BOOTSTRAP_SERVERS"] = broker.bootstrap_servers
            kafka = KafkaSettings.from_options(kafka_bootstrap_servers=broker.bootstrap_servers, log_level="WARNING")
            topic.ensure(kafka)
            keeper = Keeper(self._environment, FOLDER, self._draw)
            try:
                self._start_producer()
                keeper.start()
                faults = [name for name, times in plan.items() for _ in range(times)]
                due: dict[int, list[str]] = {}
                for fault in faults:
                    due.setdefault(self._draw.randrange(runs), []).append(fault)
                for number in range(runs):
                    self._keep_producing()
                    for fault in due.get(number, []):
                        if fault.startswith("keeper"):
                            keeper.kill_within(LIFE_SECONDS, self._keeper_away if fault == "keeper away" else 0)
                    self._one_life(number, runs)
                    for fault in due.get(number, []):
                        self._inflict(fault, broker)
                self._finish()
                keeper.finish()
                self.done["keeper kills"], self.done["keeper ended by itself"] = keeper.kills, keeper.ended_by_itself
            finally:
                keeper.stop()
                if self._producer is not None:
                    guard.stop(self._producer)
            return verify(self._stream, kafka, Lake.at(self._environment["LAKE_URI"]))

    def _train(self) -> None:
        self._environment["MLFLOW_TRACKING_URI"] = f"sqlite:///{FOLDER / 'mlflow.db'}"
        self._environment["MLFLOW_ARTIFACTS"] = str(FOLDER / "mlartifacts")
        self._environment["MODEL_CACHE"] = str(FOLDER / "models")
        train = [sys.executable, "-m", "trainer", "train", "--data", str(FIXTURE)]
        subprocess.run(train, cwd=ROOT, env={**os.environ, **self._environment}, check=True, capture_output=True)

    def _one_life(self, number: int, runs: int) -> None:
        """Start the processor and kill it: at a named crash point, or at any moment."""
        way = self._ways[number % len(self._ways)] if len(self._ways) == runs else self._draw.choice(self._ways)
        crash_at = f"{way}:{self._draw.randint(1, 6)}" if way in POINTS else ""
        started = time.monotonic()
        processor, log = self._start_processor(number, crash_at, "tests.chaos.processor", "run")
        if way == "while_starting":
            time.sleep(self._draw.uniform(0, 15))
        else:
            self._wait(processor, lambda: b"streaming" in log.read_bytes())
            self.restarts.append(round(time.monotonic() - started, 1))
            if way == "while_streaming":
                time.sleep(self._draw.uniform(0, 6))
            else:
                self._wait(processor, lambda: time.time() - log.stat().st_mtime > QUIET_SECONDS)
        if processor.poll() is None:
            # A crash point that was not reached in time is a kill like any other, and not counted as reached.
            way = way if way not in POINTS else "while_waiting"
            processor.kill()
        code = processor.wait()
        # A processor that ended by itself (the broker was away) is restarted too, and counted apart.
        name = f"killed {way.replace('_', ' ')}" if code == -9 else "ended by itself"
        self.done[name] += 1
        self.done["processor kills"] += code == -9
        if number % 10 == 9:
            self._console.print(f"{number + 1} of {runs}: {dict(self.done)}")

    def _start_processor(self, number: int, crash_at: str, *command: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = FOLDER / f"processor-{number}.log"
        environment = {**os.environ, **self._environment, "CRASH_AT": crash_at, "LOG_LEVEL": "DEBUG"}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return process, log

    def _wait(
        self, processor: subprocess.Popen[bytes], done: Callable[[], bool], seconds: float = PATIENCE_SECONDS
    ) -> None:
        deadline = time.monotonic() + seconds
        while processor.poll() is None and not done() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _start_producer(self) -> None:
        arguments = [str(FOLDER / "sent"), str(self._stream.seed), str(self._stream.records), str(self._rate)]
        command = [sys.executable, "-m", "tests.chaos.producer", *arguments]
        self._producer = guard.start(command, FOLDER / "producer.log", self._environment)

    def _keep_producing(self) -> None:
        if self._producer is not None and self._producer.poll() not in (None, 0):
            self.done["producer ended by itself"] += 1
            self._start_producer()

    def _inflict(self, fault: str, broker: EmbeddedBroker) -> None:
        if fault == "broker":
            self._kill_child(broker.guard_pid)
            broker.stop()
            broker.start()
            self.done["broker restarts"] += 1
        elif fault == "producer" and self._producer is not None and self._producer.poll() is None:
            self._kill_child(self._producer.pid)
            self._producer.wait()
            self._start_producer()
            self.done["producer kills"] += 1
        elif fault == "checkpoint":
            shutil.rmtree(FOLDER / "checkpoints", ignore_errors=True)
            self.done["checkpoints deleted"] += 1

    def _kill_child(self, guard_pid: int | None) -> None:
        for child in psutil.Process(guard_pid).children():
            child.kill()

    def _finish(self) -> None:
        """Let the producer send everything, and a last processor score what is left."""
        deadline = time.monotonic() + PATIENCE_SECONDS + self._stream.records / self._rate
        while (FOLDER / "sent").read_text() != "done" if (FOLDER / "sent").exists() else True:
            self._keep_producing()
            assert time.monotonic() < deadline, "the producer does not end"
            time.sleep(0.2)
        processor, log = self._start_processor(-1, "", "stream_processor", "run", "--once")
        assert processor.wait(600) == 0, log.read_text()[-1000:]


if __name__ == "__main__":
    command_line.run(app)
