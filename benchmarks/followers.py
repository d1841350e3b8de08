"""Threads that note what is committed to a lake on this disk, and when; the files are read when all is over, so as not to disturb."""

import itertools
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sentistream.lake.tables import PER_MINUTE, RAW, SCORED

POLL_SECONDS = 0.1
Latencies = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Commit:
    """A version of a table, and when it became readable (seconds since 1970)."""

    version: int
    moment: float
    actions: list[dict[str, Any]]

    @property
    def paths(self) -> list[str]:
        """The files that it added."""
        return [action["add"]["path"] for action in self.actions if action.get("add", {}).get("dataChange")]


class LogFollower(threading.Thread):
    """Notes each commit to a table from the next one on, as it comes."""

    def __init__(self, table_uri: str) -> None:
        super().__init__(daemon=True)
        self._table = Path(table_uri)
        self._ended = threading.Event()
        known = [int(file.stem) for file in (self._table / "_delta_log").glob("*.json") if file.stem.isdigit()]
        self._version = max(known, default=-1) + 1
        self._noted: list[Commit] = []

    def run(self) -> None:
        """Follow the log."""
        while not self._ended.is_set() or self._file().exists():
            file = self._file()
            if not file.exists():
                time.sleep(POLL_SECONDS)
                continue
            actions = [orjson.loads(line) for line in file.read_bytes().splitlines()]
            self._noted.append(Commit(self._version, file.stat().st_mtime, actions))
            self._version += 1

    def finish(self) -> None:
        """Note what is still to come, then end."""
        self._ended.set()
        if self.is_alive():
            self.join()

    def _file(self) -> Path:
        return self._table / "_delta_log" / f"{self._version:020d}.json"


class CommitFollower(LogFollower):
    """Follows the scored table."""

    def __init__(self, lake_uri: str) -> None:
        super().__init__(f"{lake_uri}/{SCORED}")

    @property
    def commits(self) -> list[Commit]:
        """The commits that added tweets."""
        return [commit for commit in self._noted if commit.paths]

    def latencies(self, after: float = 0, chosen: Iterable[bool] = itertools.repeat(True)) -> Latencies:
        """Seconds from `created_at` to readable, of every tweet sent after a moment (seconds since 1970), in the chosen commits."""
        found = []
        for commit in itertools.compress(self.commits, chosen):
            for path in commit.paths:
                column = pq.read_table(self._table / path, columns=["created_at"], partitioning=None)["created_at"]
                sent = pc.cast(column, pa.int64()).to_numpy() / 1e6
                found.append(commit.moment - sent[sent > after])
        return np.concatenate(found) if found else np.zeros(0)


class BronzeFollower(LogFollower):
    """Follows bronze."""

    def __init__(self, lake_uri: str) -> None:
        super().__init__(f"{lake_uri}/{RAW}")

    @property
    def lags(self) -> list[float]:
        """At each commit: the seconds for which its oldest record had been on the topic."""
        found = []
        for commit in self._noted:
            for path in commit.paths:
                column = pq.read_table(self._table / path, columns=["kafka_timestamp"], partitioning=None)[0]
                found.append(commit.moment - pc.min(pc.cast(column, pa.int64())).as_py() / 1e6)
        return found


class GoldFollower(LogFollower):
    """Follows gold."""

    def __init__(self, lake_uri: str) -> None:
        super().__init__(f"{lake_uri}/{PER_MINUTE}")

    @property
    def updates(self) -> list[tuple[float, int]]:
        """When gold was brought up to date, and to which version of the scored table."""
        return [
            (commit.moment, action["txn"]["version"])
            for commit in self._noted
            for action in commit.actions
            if action.get("txn", {}).get("appId", "").startswith(f"{SCORED.layer}/{SCORED.name}/")
        ]


def gold_lags(commits: Sequence[Commit], updates: Sequence[tuple[float, int]]) -> list[float]:
    """Right before each update of gold: for how many seconds the oldest tweets that it lacks have been readable."""
    lags = []
    reached = commits[0].version - 1
    for moment, version in updates:
        oldest = next((commit.moment for commit in commits if commit.version > reached), None)
        if oldest is not None and moment > oldest:
            lags.append(moment - oldest)
        reached = version
    return lags
