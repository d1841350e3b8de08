"""What the streaming cases run on: a broker, a trained model, a topic of tweets; and how a process on it is watched."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from sentistream.kafka import topic
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.lake.lake import Lake
from sentistream.settings import KafkaSettings

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Stage:
    """Places and addresses that a streaming case needs."""

    folder: Path
    broker: EmbeddedBroker
    data: Path | None

    def environment(self, name: str, kafka_topic: str) -> dict[str, str]:
        """The environment of our own processes, with a lake for the case alone."""
        own = self.folder / name
        own.mkdir(parents=True, exist_ok=True)
        return {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": self.broker.bootstrap_servers,
            "KAFKA_TOPIC": kafka_topic,
            "LAKE_URI": str(own / "lake"),
            "CHECKPOINT_URI": str(own / "checkpoints"),
            "SPARK_SCRATCH": str(own / "spark"),
            "SPARK_LOG": str(own / "spark.log"),
        }

    def create_topic(self, name: str) -> None:
        """The topic with the contract's settings."""
        topic.ensure(
            KafkaSettings.from_options(
                kafka_bootstrap_servers=self.broker.bootstrap_servers, kafka_topic=name, log_level="WARNING"
            )
        )

    def load(self, kafka_topic: str, rate: float, tweets: int, first_id: int = 1) -> None:
        """Send tweets and wait until they are acknowledged."""
        with self.loading(kafka_topic, rate, tweets, first_id) as process:
            process.wait()

    @contextmanager
    def loading(
        self, kafka_topic: str, rate: float, tweets: int, first_id: int = 1
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A process that sends tweets and ends when they are acknowledged.

        Raises:
            RuntimeError: it failed.
        """
        command = [sys.executable, "-m", "benchmarks.load", "--bootstrap-servers", self.broker.bootstrap_servers]
        command += ["--topic", kafka_topic, "--rate", str(rate), "--tweets", str(tweets), "--first-id", str(first_id)]
        command += ["--data", str(self.data)] if self.data is not None else []
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own module
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.terminate()
        if process.returncode != 0:
            raise RuntimeError(f"The sender ended with {process.returncode}.")


class Memory(threading.Thread):
    """The highest resident memory of a process and its children, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self.peak_bytes = 0

    def run(self) -> None:
        """Look until the process is gone."""
        while not self._ended.wait(0.5):
            try:
                tree = [self._process, *self._process.children(recursive=True)]
                self.peak_bytes = max(self.peak_bytes, sum(each.memory_info().rss for each in tree))
            except psutil.NoSuchProcess:
                continue

    def finish(self) -> float:
        """The peak in MiB."""
        self._ended.set()
        self.join()
        return self.peak_bytes / 2**20


def processor_seconds(*pids: int) -> float:
    """Seconds of processor time that processes and their children have used so far."""
    trees = [[each, *each.children(recursive=True)] for each in map(psutil.Process, pids)]
    times = [process.cpu_times() for tree in trees for process in tree]
    return float(sum(time.user + time.system for time in times))


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], log: Path, checkout: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended when the case is."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=checkout, env=dict(environment), stdout=output, stderr=output)  # noqa: S603 - our own modules
    try:
        yield process
    finally:
        process.terminate()
        process.wait(180)


def wait_for(log: Path, words: bytes, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Wait until a process has said something.

    Raises:
        RuntimeError: it ended, or did not say it in time.
    """
    deadline = time.monotonic() + seconds
    while words not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{log} does not come to say {words!r}: {log.read_text()[-500:]}")
        time.sleep(0.1)


def tables_once(lake: Lake) -> tuple[float, float]:
    """Seconds and peak MiB of one `sentistream tables --once`, from the process's start to its end."""
    command = [sys.executable, "-m", "stream_processor", "tables", "--once"]
    environment = os.environ | {"LAKE_URI": lake.uri, "BRONZE_SECONDS": "0"}
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - our own module
        memory = Memory(process.pid)
        memory.start()
        process.wait()
    if process.returncode:
        raise RuntimeError(f"tables ended with {process.returncode}")
    return time.perf_counter() - started, memory.finish()
