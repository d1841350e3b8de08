"""`python -m demo`: trains, starts broker, processor and producer as separate processes, shows and checks the result."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.live import Live

from demo import malformed, summary, vader, view
from demo.follower import Follower, Seen
from sentistream import command_line, log
from sentistream.errors import UserError
from sentistream.kafka import topic
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.process import file_lock, guard
from sentistream.process.periodic import Periodic
from sentistream.settings import KafkaSettings

FOLDER = Path(".local/demo").absolute()
PARTITIONS = "2"
PATIENCE_SECONDS = 240.0
"""How long a stage may make no progress before the demo gives up."""
LAST_SECONDS = 60.0
"""How long no tweet may arrive before the rest counts as unaccounted for."""
FOLLOW_SECONDS = 0.25
"""How often the lake is asked what is new."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[
        Path | None,
        typer.Option(envvar="DATA", help="Your own labelled tweets; VADER's from PyPI by default."),
    ] = None,
    rate: Annotated[float, typer.Option(envvar="RATE", min=0, help="Tweets a second; 0 is as fast as it goes.")] = 350,
    seconds: Annotated[float, typer.Option(envvar="SECONDS", min=1, help="How long to replay.")] = 12,
) -> None:
    """Show the whole system on real tweets; the exit code says whether every record was accounted for."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console()
    file = data or vader.prepare(FOLDER.parent / "data")
    if not file.is_file():
        raise UserError(f"DATA: {file} is not a file.", exit_code=2)
    taken = "Another demo (process {owner}) is running: wait for it, or stop it."
    with file_lock.held(FOLDER.with_name("demo.lock"), taken):
        shutil.rmtree(FOLDER, ignore_errors=True)
        result = Demo(file.absolute(), rate, seconds, console).run()
        result.write(FOLDER / "summary.json")
    summary.show(result, console, FOLDER / "summary.json")
    if result.unaccounted:
        raise UserError(f"{result.unaccounted} records are unaccounted for.")


class Demo:
    """One run: its processes, its view and its stages."""

    def __init__(self, data: Path, rate: float, seconds: float, console: Console) -> None:
        self._data = data
        self._rate = rate
        self._seconds = seconds
        self._console = console
        self._progress = view.Progress()
        self._follower = Follower(FOLDER / "lake")
        self._following = Periodic("follower", self._follower.look, FOLLOW_SECONDS, failing="can't follow the lake")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._printed = 0.0
        self._began = time.monotonic()

    def run(self) -> summary.Summary:
        """Start everything, stream, and count what came of it."""
        with ExitStack() as stack:
            self._stage("starting Kafka")
            broker = stack.enter_context(EmbeddedBroker(FOLDER / "broker", fresh=True))
            # Ended before the broker is, so that each can finish what it began.
            stack.callback(self._stop_processes)
            environment = self._environment(broker.bootstrap_servers)
            kafka = KafkaSettings.from_options(
                log_level="WARNING", kafka_bootstrap_servers=broker.bootstrap_servers, kafka_topic_partitions=PARTITIONS
            )
            log.configure(kafka)
            found = topic.ensure(kafka)
            admin = topic.connect(kafka)
            stack.callback(admin.close)

            def produced() -> int:
                count = sum(held.end for held in topic.ranges(admin, found).values())
                self._report(count)
                return count

            self._start("trainer", environment, "trainer", "train", "--data", str(self._data), "--grid", "quick")
            # The processor starts beside the trainer and waits for its model.
            self._start("processor", environment, "stream_processor", "run")
            live = stack.enter_context(
                Live(console=self._console, refresh_per_second=4, transient=True, get_renderable=self._view)
            )
            self._stage(f"training a model on {self._data.name}")
            self._wait("trainer", lambda: self._processes["trainer"].poll() is not None)
            self._stage("loading the model")
            self._wait("processor", lambda: "streaming" in self._output("processor"))
            self._progress.model = self._model()
            stack.enter_context(self._following)
            self._stage(f"streaming at {self._rate:,.0f}/s" if self._rate else "streaming as fast as it goes")
            started = self._progress.started = time.monotonic()
            self._start("producer", environment, "producer", "replay", str(self._data), *self._replay_options())
            self._wait("producer", lambda: produced() > 0)
            malformed.publish(kafka)
            self._wait("producer", lambda: produced() >= 0 and self._processes["producer"].poll() is not None)
            self._stage("waiting for the last tweets")
            # Whether or not all of them come: the summary says what is unaccounted for.
            self._happens(lambda: self._seen.accounted >= produced(), LAST_SECONDS)
            elapsed = time.monotonic() - started
            guard.stop(self._processes["processor"])
            self._following.finish()
            self._follower.look()
            live.stop()
            return summary.summarise(FOLDER / "lake", produced(), self._seen, elapsed)

    @property
    def _seen(self) -> Seen:
        return self._follower.seen

    def _view(self) -> Group:
        return view.render(self._progress, self._seen)

    def _stage(self, words: str) -> None:
        self._progress.stage = words
        if not self._console.is_terminal:
            self._console.print(f"{time.monotonic() - self._began:5.1f} s  {words} …")

    def _environment(self, bootstrap_servers: str) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
            "KAFKA_TOPIC": "tweets",
            "LAKE_URI": str(FOLDER / "lake"),
            "CHECKPOINT_URI": str(FOLDER / "checkpoints"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{FOLDER / 'mlflow.db'}",
            "MLFLOW_ARTIFACTS": str(FOLDER / "mlartifacts"),
            "MODEL_CACHE": str(FOLDER / "models"),
            "MODEL_NAME": "tweet-sentiment",
            "MODEL_ALIAS": "champion",
            "SPARK_MASTER": "local[*]",
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "console",
        }

    def _replay_options(self) -> list[str]:
        limit = ["--limit", str(int(self._rate * self._seconds))] if self._rate else []
        return ["--rate", str(self._rate), *limit]

    def _start(self, name: str, environment: dict[str, str], module: str, *arguments: str) -> None:
        own = {
            **environment,
            "SPARK_LOG": str(FOLDER / f"{name}-spark.log"),
            "SPARK_SCRATCH": str(FOLDER / f"{name}-spark"),
        }
        self._processes[name] = guard.start([sys.executable, "-m", module, *arguments], FOLDER / f"{name}.log", own)

    def _output(self, name: str) -> str:
        return (FOLDER / f"{name}.log").read_text(errors="replace")

    def _wait(self, name: str, done: Callable[[], bool]) -> None:
        """Wait for a condition while a process works on it.

        Raises:
            UserError: the process failed, or nothing happened for a long time.
        """
        if not self._happens(done, PATIENCE_SECONDS):
            raise UserError(f"The {name} made no progress for {PATIENCE_SECONDS:.0f} s; see {FOLDER / f'{name}.log'}.")

    def _happens(self, done: Callable[[], bool], patience: float) -> bool:
        """Whether a condition comes true before nothing has moved for `patience` seconds."""
        moved, before = time.monotonic(), self._signs_of_life()
        while not done():
            self._require_processes()
            now = self._signs_of_life()
            moved, before = (time.monotonic(), now) if now != before else (moved, before)
            if time.monotonic() - moved > patience:
                return False
            time.sleep(0.1)
        self._require_processes()
        return True

    def _signs_of_life(self) -> tuple[int, ...]:
        logs = (FOLDER / f"{name}.log" for name in self._processes)
        return (self._progress.produced, self._seen.scored, self._seen.rejected, *(log.stat().st_size for log in logs))

    def _require_processes(self) -> None:
        for name, process in self._processes.items():
            code = process.poll()
            if code not in (None, 0) or (name == "processor" and code is not None):
                raise UserError(
                    f"The {name} ended too early: {self._last_words(name)} (all of it: {FOLDER / f'{name}.log'})"
                )

    def _last_words(self, name: str) -> str:
        return (self._output(name).strip().splitlines() or ["it printed nothing"])[-1]

    def _model(self) -> str:
        line = next(text for text in self._output("processor").splitlines() if "streaming" in text)
        fields = dict(part.split("=", 1) for part in line.split() if "=" in part)
        return f"{fields['model']} version {fields['version']}"

    def _report(self, produced: int) -> None:
        self._progress.produced = produced
        if not self._console.is_terminal and time.monotonic() - self._printed > 5:
            self._printed = time.monotonic()
            self._console.print(view.line(self._progress, self._seen))

    def _stop_processes(self) -> None:
        for process in self._processes.values():
            guard.stop(process)


if __name__ == "__main__":
    command_line.run(app)
