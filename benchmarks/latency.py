"""Latency tweet → readable: from a tweet's sending to the moment at which its commit is in the scored table's log.

Everything is on the same cores: the broker, the sender, the processor with its maintenance.
"""

import itertools
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from benchmarks.measurement import Case
from benchmarks.stage import Memory, Stage, running, wait_for
from sentistream.lake import SCORED, open_table

GROUP = "latency, tweet to readable"
LEFT_OUT_SECONDS = 10.0
"""The first seconds, in which Spark compiles its plan."""
POLL_SECONDS = 0.5
Latencies = npt.NDArray[np.float64]


class CommitFollower(threading.Thread):
    """Notes each commit's time and files while they come; the files are read when all is over, so as not to disturb."""

    def __init__(self, lake_uri: str) -> None:
        super().__init__(daemon=True)
        self._table = Path(SCORED.uri(lake_uri))
        self._ended = threading.Event()
        self.commits: list[tuple[float, list[str]]] = []
        """When each commit became readable (seconds since 1970), and the files that it added."""

    def run(self) -> None:
        """Follow the log from what it holds now."""
        table = DeltaTable(str(self._table))
        version = table.version() + 1
        while not self._ended.is_set() or self._file(version).exists():
            file = self._file(version)
            if not file.exists():
                time.sleep(POLL_SECONDS)
                continue
            actions = [orjson.loads(line) for line in file.read_bytes().splitlines()]
            added = [action["add"]["path"] for action in actions if action.get("add", {}).get("dataChange")]
            if added:
                self.commits.append((file.stat().st_mtime, added))
            version += 1

    def finish(self) -> None:
        """Note what is still to come, then end."""
        self._ended.set()
        self.join()

    def latencies(self, after: float = 0, chosen: Iterable[bool] = itertools.repeat(True)) -> Latencies:
        """Seconds from `created_at` to readable, of every tweet sent after a moment (seconds since 1970), in the chosen commits."""
        found = []
        for moment, paths in itertools.compress(self.commits, chosen):
            for path in paths:
                column = pq.read_table(self._table / path, columns=["created_at"], partitioning=None)["created_at"]
                sent = pc.cast(column, pa.int64()).to_numpy() / 1e6
                found.append(moment - sent[sent > after])
        return np.concatenate(found) if found else np.zeros(0)

    def _file(self, version: int) -> Path:
        return self._table / "_delta_log" / f"{version:020d}.json"


def case(stage: Stage, rate: float, seconds: float, window_seconds: int = 3600, remembered: int = 0) -> Case:
    """Send at a steady rate for a while; p50, p99 and the highest latency in seconds.

    `remembered` tweets are sent and scored before, so that the window of ids is as large as after that many.
    """
    topic = f"latency-{rate:g}-{window_seconds}-{time.monotonic_ns()}"
    stage.create_topic(topic)
    environment = stage.environment(topic, topic) | {"DEDUPLICATION_WINDOW_SECONDS": str(window_seconds)}
    if remembered:
        stage.load(topic, rate=0, tweets=remembered)
    log = stage.folder / topic / "log"
    command = [sys.executable, "-m", "stream_processor", "run", "--log-level", "DEBUG"]
    with running(command, environment, log) as process:
        memory = Memory(process.pid)
        memory.start()
        wait_for(log, b"streaming", process)
        _wait_for_rows(environment["LAKE_URI"], remembered)
        follower = CommitFollower(environment["LAKE_URI"])
        follower.start()
        started = time.time()
        stage.load(topic, rate, int(rate * seconds), first_id=remembered + 1)
        _wait_for_rows(environment["LAKE_URI"], remembered + int(rate * seconds))
        follower.finish()
        peak = memory.finish()
    found = follower.latencies(started + LEFT_OUT_SECONDS)
    p50, p90, p99 = np.percentile(found, [50, 90, 99])
    name = f"{rate:,.0f} tweets/s" + ("" if window_seconds else ", no window of ids")
    note = f"{seconds:.0f} s" + (f", {remembered:,} ids remembered" if remembered else "")
    details = {"p90": p90, "p99": p99, "max": found.max(), "commits": len(follower.commits), "peak_mib": peak}
    return Case(GROUP, name, "s (p50)", [float(p50)], note, {key: float(value) for key, value in details.items()})


def _wait_for_rows(lake_uri: str, rows: int, patience: float = 300) -> None:
    deadline = time.monotonic() + patience
    while True:
        table = open_table(lake_uri, SCORED)
        held = sum(table.get_add_actions(flatten=True)["num_records"].to_pylist()) if table is not None else 0
        if held >= rows:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"{held} of {rows} rows came in {patience:.0f} s")
        time.sleep(1)
