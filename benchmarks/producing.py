"""Flat-out replay by one process on one core: how many tweets a second, and in how much memory.

The broker runs on the other core. A file of a gigabyte is made of invented tweets.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice, product
from pathlib import Path

import orjson
from confluent_kafka import Consumer

from benchmarks.measurement import Case
from benchmarks.stage import ROOT, Memory, Stage
from producer.synthetic.source import Shares, SyntheticSource

GROUP = "replay, flat out"
CLIENTS = ("confluent-kafka", "kafka-python")
CSV, JSON_LINES = "CSV", "JSON lines"
ALL = tuple(product((CSV, JSON_LINES), CLIENTS))
SHORT = ((JSON_LINES, CLIENTS[0]), (CSV, CLIENTS[1]))
"""Each form and each client once."""
CORE = max(os.sched_getaffinity(0))
GIGABYTE = 10**9


def write_csv(file: Path, tweets: int) -> None:
    """Invented tweets as Sentiment140 lays them out, with its kind of dates."""
    with file.open("w", encoding="utf-8") as rows:
        for number, record in enumerate(islice(SyntheticSource(1, Shares()), tweets), 1):
            text = orjson.loads(record.value)["data"]["text"].replace('"', '""')
            label = number % 2 * 4
            written = time.strftime("%a %b %d %H:%M:%S UTC %Y", time.gmtime(1_240_000_000 + number))
            rows.write(f'"{label}","{number}","{written}","NO_QUERY","someone","{text}"\n')


def write_json_lines(file: Path, tweets: int) -> None:
    """The same as v2 objects, one a line."""
    with file.open("wb") as lines:
        for record in islice(SyntheticSource(1, Shares()), tweets):
            lines.write(record.value + b"\n")


def cases(stage: Stage, tweets: int, repeats: int, of: Sequence[tuple[str, str]]) -> list[Case]:
    """Tweets a second from each form of file, through a client."""
    files = {CSV: stage.folder / "tweets.csv", JSON_LINES: stage.folder / "tweets.jsonl"}
    write_csv(files[CSV], tweets)
    write_json_lines(files[JSON_LINES], tweets)
    found = []
    for form, client in of:
        runs = [_replay(stage, files[form], client) for _ in range(repeats)]
        rates = [tweets / seconds for seconds, _ in runs]
        peak = max(mebibytes for _, mebibytes in runs)
        name = f"{form}, {client}"
        found.append(Case(GROUP, name, "tweets/s", rates, f"{tweets:,} tweets", {"peak_mib": round(peak)}))
    return found


def large_file(stage: Stage, size: int = GIGABYTE) -> Case:
    """Peak resident memory while a file of this size is replayed."""
    file = stage.folder / "large.jsonl"
    part = stage.folder / "part.jsonl"
    write_json_lines(part, 100_000)
    with file.open("wb") as whole:
        while whole.tell() < size:
            whole.write(part.read_bytes())
    seconds, peak = _replay(stage, file, CLIENTS[0])
    file.unlink()
    return Case(GROUP, f"memory, a file of {size / 1e9:g} GB", "MiB", [peak], "", {"seconds": round(seconds)})


def broker_away(stage: Stage, client: str, seconds: float = 60.0, rate: int = 1000) -> Case:
    """Records lost or doubled when the broker is stopped for a while in the middle of a steady stream."""
    topic = f"away-{time.monotonic_ns()}"
    stage.create_topic(topic)
    records = int(rate * (seconds + 60))
    command = [sys.executable, "-m", "producer", "synthetic", "--rate", str(rate), "--limit", str(records), "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=_environment(stage, topic, client), stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
        time.sleep(30)
        stage.broker.stop()
        time.sleep(seconds)
        stage.broker.start()
        printed, _ = process.communicate()
    counts = orjson.loads(printed)
    keys = _keys(stage, topic)
    wrong = abs(records - len(set(keys))) + len(keys) - len(set(keys))
    details = {"records": len(keys), "acknowledged": counts["acknowledged"], "failed": counts["failed"]}
    name = f"broker stopped for {seconds:.0f} s, {client}"
    return Case(GROUP, name, "lost or doubled", [wrong], f"{rate:,} tweets/s", details)


def _keys(stage: Stage, topic: str) -> list[bytes]:
    consumer = Consumer(
        {"bootstrap.servers": stage.broker.bootstrap_servers, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    found: list[bytes] = []
    while messages := consumer.consume(10_000, timeout=10):
        found += [message.key() or b"" for message in messages if message.error() is None]
    consumer.close()
    return found


def _environment(stage: Stage, topic: str, client: str) -> dict[str, str]:
    servers = stage.broker.bootstrap_servers
    return {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": servers, "KAFKA_TOPIC": topic, "KAFKA_CLIENT": client}


def _replay(stage: Stage, file: Path, client: str) -> tuple[float, float]:
    """Seconds from the first record's reading to the last one's acknowledgement, and the highest resident memory in MiB."""
    topic = f"replay-{time.monotonic_ns()}"
    stage.create_topic(topic)
    environment = _environment(stage, topic, client)
    command = ["taskset", "-c", str(CORE), sys.executable, "-m", "producer", "replay", str(file)]
    command += ["--rate", "0", "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own module
        memory = Memory(process.pid)
        memory.start()
        printed, _ = process.communicate()
        peak = memory.finish()
    counts = orjson.loads(printed)
    if counts["acknowledged"] != counts["published"] or process.returncode:
        raise RuntimeError(f"The replay ended with {process.returncode}: {counts}")
    return counts["seconds"], peak
