"""Latency tweet → readable: from a tweet's sending to the moment at which its commit is in the scored table's log."""

import threading
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sentistream.lake import SCORED

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
        """Follow the log from its beginning."""
        version = 0
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

    def latencies(self, after: float = 0) -> Latencies:
        """Seconds from `created_at` to readable, of every tweet sent after a moment (seconds since 1970)."""
        found = []
        for moment, paths in self.commits:
            for path in paths:
                column = pq.read_table(self._table / path, columns=["created_at"], partitioning=None)["created_at"]
                sent = pc.cast(column, pa.int64()).to_numpy() / 1e6
                found.append(moment - sent[sent > after])
        return np.concatenate(found) if found else np.zeros(0)

    def _file(self, version: int) -> Path:
        return self._table / "_delta_log" / f"{version:020d}.json"
