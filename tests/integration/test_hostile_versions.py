"""The promise: whatever becomes champion in the registry, the version that serves goes on, and nothing of the other is run."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from kafka import KafkaProducer
from pyspark.sql import SparkSession

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.kafka import topic
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from sentistream.scoring import registry
from sentistream.scoring.scorer import load
from sentistream.settings import KafkaSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support import hostile
from tests.support.champion import copy_champion
from tests.support.hostile.canary import SECRET_VARIABLE, Canary
from tests.support.hostile.registered import Registry, good
from tests.support.hostile.version import HostileVersion
from tests.support.places import ROOT
from tests.support.registries import registry_in
from tests.support.waiting import PATIENCE_SECONDS, wait_until

MOST_SECONDS = 20.0
"""From the alias to the sentence, on a machine that is not busy with other things."""
MOST_BYTES = 2**30
"""More than the processor and its children took before, of memory that they share each its part."""
MEASURED_SECONDS = 0.5
"""Between two looks at the memory."""
NOTICED_BYTES = 2**24
"""Growth from which on it is measured what is shared, which costs some 50 ms of processor time."""
WORDS = "a wonderful quokka"
"""In every tweet; a log that holds it holds a tweet's text."""
FORGED = HostileVersion("other files under a number that has served", good.make, says="than when it first served")


@pytest.fixture(scope="module")
def strangers(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """A registry of the tests' own with a champion, and a canary."""
    home = tmp_path_factory.mktemp("strangers")
    copy_champion(spark, home / "registry")
    settings = registry_in(home / "registry")
    champion = registry.resolve(settings)
    assert champion is not None
    canary = Canary(home / "elsewhere")
    canary.prepare()
    return Registry(settings, champion, canary)


class Processor:
    """The running processor, what it logs and what it takes."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            command = [sys.executable, "-m", "stream_processor", "run"]
            self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=output)
        self._peak = self._before = self._measured_at = 0
        self._ended = threading.Event()
        self._measuring = threading.Thread(target=self._measure)
        self._measuring.start()

    def stop(self) -> int:
        """Have it end in order; its exit code."""
        self._ended.set()
        self._measuring.join()
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.kill()

    @property
    def printed(self) -> str:
        return self._log.read_text()

    def events(self, event: str) -> list[dict[str, Any]]:
        """Its log lines of a kind."""
        lines = (json.loads(line) for line in self.printed.splitlines() if event in line and line.endswith("}"))
        return [line for line in lines if line["event"] == event]

    def refusals(self, version: ModelVersion, number: int) -> list[str]:
        """What it said of a version, with the version's name."""
        said = (f"{line['model']}: {line['reason']}" for line in self.events("model refused"))
        return [each for each in said if re.search(rf"models:/{version.name}/{number}\b", each)]

    def begin(self) -> None:
        """Measure memory from here on."""
        self._measured_at, self._before = self._resident(), self._proportional()
        self._peak = self._before

    @property
    def further_bytes(self) -> int:
        """The most that it took since then beyond what it took before."""
        return self._peak - self._before

    @property
    def pids(self) -> list[int]:
        """The processor and whatever it started."""
        own = psutil.Process(self.process.pid)
        return [own.pid, *(each.pid for each in own.children(recursive=True))]

    def _measure(self) -> None:
        while not self._ended.wait(MEASURED_SECONDS) and self.process.poll() is None:
            if (resident := self._resident()) > self._measured_at + NOTICED_BYTES:
                self._measured_at = resident
                self._peak = max(self._peak, self._proportional())

    def _resident(self) -> int:
        """What they have in memory; what they share counts for each."""
        return self._sum(lambda process: process.memory_info().rss)

    def _proportional(self) -> int:
        return self._sum(lambda process: process.memory_full_info().pss)

    def _sum(self, bytes_of: Callable[[psutil.Process], int]) -> int:
        total = 0
        for pid in self.pids:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += bytes_of(psutil.Process(pid))
        return total


class Sender:
    """Sends tweets steadily."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._quiet = threading.Event()
        self._sending = threading.Thread(target=self._send)
        self.sent = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        self._sending.start()
        try:
            yield
        finally:
            self._quiet.set()
            self._sending.join()

    def _send(self) -> None:
        producer = KafkaProducer(bootstrap_servers=self._kafka.kafka_bootstrap_servers, linger_ms=5)
        while not self._quiet.wait(0.01):
            self.sent += 1
            value = {"data": {"id": str(self.sent), "text": f"{WORDS} is happy {self.sent}"}}
            producer.send(self._kafka.kafka_topic, value=json.dumps(value).encode(), partition=self.sent % 2)
        producer.flush()
        producer.close()


def scored(environment: dict[str, str]) -> list[dict[str, Any]]:
    columns = ["tweet_id", "partition", "offset", "model_version", "scored_at"]
    table = Lake.at(environment["LAKE_URI"]).open(SCORED)
    found: list[dict[str, Any]] = table.to_pyarrow_table(columns=columns).to_pylist() if table is not None else []
    return sorted(found, key=lambda row: (row["partition"], row["offset"]))


def newest(environment: dict[str, str]) -> int:
    """The version of the row that was scored last."""
    version: int = max(scored(environment), key=lambda row: row["scored_at"])["model_version"]
    return version


@pytest.mark.parametrize(
    "versions", [pytest.param(hostile.TEN, id="ten"), pytest.param(hostile.FORTY, id="forty", marks=pytest.mark.long)]
)
def test_no_hostile_version_serves_or_stops_the_stream(
    strangers: Registry,
    environment: dict[str, str],
    kafka: KafkaSettings,
    tmp_path: Path,
    versions: Sequence[HostileVersion],
) -> None:
    environment |= {
        "MLFLOW_TRACKING_URI": strangers.settings.mlflow_tracking_uri,
        "MODEL_CACHE": strangers.settings.model_cache,
        "CHAMPION_CHECK_SECONDS": "0.2",
        "LOG_FORMAT": "json",
        SECRET_VARIABLE: strangers.canary.secret,
    }
    found, sender = topic.ensure(kafka), Sender(kafka)
    numbers = {version: strangers.add(version) for version in versions}
    successor = strangers.add(good)
    processor = Processor(environment, tmp_path / "processor.log")
    wrong: list[str] = []
    try:
        with sender.running():
            wait_until(lambda: len(scored(environment)) > 0, alive=[processor.process])
            for version, number in numbers.items():
                processor.begin()
                strangers.promote(number)
                wrong += judged(processor, strangers, version, number)
            for version in (successor, strangers.champion.version):
                strangers.promote(version)
                wait_until(lambda: newest(environment) == version, alive=[processor.process])  # noqa: B023 - asked at once
            strangers.forge(successor)
            strangers.promote(successor)
            wrong += judged(processor, strangers, FORGED, successor)
        wait_until(lambda: len(scored(environment)) == sender.sent, alive=[processor.process])
    finally:
        code = processor.stop()
    assert wrong == []
    assert code == 0, processor.printed
    assert sorted(row["tweet_id"] for row in scored(environment)) == list(range(1, sender.sent + 1))
    for _, rows in itertools.groupby(scored(environment), lambda row: row["partition"]):
        served = [version for version, _ in itertools.groupby(row["model_version"] for row in rows)]
        assert served == [strangers.champion.version, successor, strangers.champion.version]
    assert sum(tally.unaccounted for tally in LakeSink(Lake.at(environment["LAKE_URI"]), found).totals.values()) == 0
    printed = processor.printed + Path(environment["SPARK_LOG"]).read_text()
    assert strangers.canary.secret not in printed
    assert WORDS not in printed
    assert "Traceback" not in processor.printed


@pytest.mark.parametrize("version", [each for each in hostile.OF_THE_REGISTRY if each not in hostile.FORTY], ids=str)
def test_it_is_refused_when_it_is_loaded(strangers: Registry, version: HostileVersion) -> None:
    uri = f"models:/{strangers.champion.name}/{strangers.add(version)}"
    with pytest.raises(UserError, match=version.says) as refused:
        load(strangers.settings, registry.resolve_uri(strangers.settings, uri))
    assert uri in str(refused.value)
    assert not str(refused.value).endswith("..")


def judged(processor: Processor, strangers: Registry, version: HostileVersion, number: int) -> list[str]:
    """What went wrong with a version that became champion."""
    seconds = wait_until(
        lambda: bool(processor.refusals(strangers.champion, number)), what=str(version), alive=[processor.process]
    )
    [sentence] = processor.refusals(strangers.champion, number)
    print(f"{number:3} {seconds:5.1f} s {processor.further_bytes / 2**20:6.0f} MiB  {version}: {sentence}")  # noqa: T201 - the measurement
    wrong = [f"left {trace}" for trace in strangers.canary.traces(processor.pids)]
    if not re.search(version.says, sentence) or sentence.endswith(".."):
        wrong.append(f"said {sentence}")
    if seconds > MOST_SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)):
        wrong.append(f"took {seconds:.0f} s")
    if processor.further_bytes > MOST_BYTES:
        wrong.append(f"took {processor.further_bytes} further bytes")
    return [f"{version}: {each}" for each in wrong]
