"""Which minutes of the scored table have changed: read from the table's log, commit by commit.

A file that a commit adds or removes touches the minutes of its tweets; a compaction changes no data and touches none, nor does a retirement. The stream's
log is kept short, so it is followed every other second, while gold is brought up to date less often.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import structlog
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import PyFileSystem

from sentistream.lake.maintenance.rollup import IN_FORCE

log = structlog.get_logger()
FOLLOW_SECONDS = 2.0
"""The log keeps at least 200 commits: some 17 s of the busiest stream measured."""
NARROW = 3
"""A file of at most so many minutes, by its statistics, touches all of them; of a wider one the times are read."""
MOST_MINUTES = 100_000
"""When more minutes than this are touched, recomputing all of them is less work than naming them."""


@dataclass(frozen=True)
class Touched:
    """Minutes since 1970 that commits up to `version` have touched; None where it is not known, so that all may be."""

    version: int
    minutes: frozenset[int] | None


class TouchedMinutes:
    """Collects the touched minutes after a version of the table, until they are settled; safe in two threads.

    Args:
        table: a handle of its own.
        since: the version up to which all is settled; None where nothing is.
        refresh: brings the handle up to date; raises where another program has changed what the table is.
    """

    def __init__(
        self,
        table: DeltaTable,
        since: int | None,
        refresh: Callable[[DeltaTable], object] = DeltaTable.update_incremental,
    ) -> None:
        self._table = table
        self._refresh = refresh
        self._files = PyFileSystem(DeltaStorageHandler.from_table(table._table))
        self._reading = threading.Lock()
        self._lock = threading.Lock()
        self._seen = table.version() if since is None else since
        self._minutes: dict[int, int] = {}
        """Minute → the last version that touched it."""
        self._unknown_at: int | None = self._seen if since is None else None

    def read_on(self) -> None:
        """Read the commits since the last look."""
        with self._reading:
            self._refresh(self._table)
            for version in range(self._seen + 1, self._table.version() + 1):
                try:
                    minutes = self._touched_by(version)
                except FileNotFoundError:
                    # Also where a file was merged and deleted before its times could be read.
                    log.warning(
                        "the scored table's log no longer has what is needed: gold is made anew", version=version
                    )
                    # Whatever follows is recomputed with the rest.
                    self._add(self._table.version(), None)
                    return
                self._add(version, minutes)

    def _add(self, version: int, minutes: set[int] | None) -> None:
        with self._lock:
            if minutes is None or len(self._minutes) > MOST_MINUTES:
                self._unknown_at = version
                self._minutes.clear()
            else:
                self._minutes.update(dict.fromkeys(minutes, version))
            self._seen = version

    def pending(self) -> Touched:
        """What is to be recomputed."""
        with self._lock:
            return Touched(self._seen, None if self._unknown_at is not None else frozenset(self._minutes))

    def settle(self, done: Touched) -> None:
        """Forget what was recomputed; a minute that was touched again since stays."""
        with self._lock:
            self._minutes = {minute: at for minute, at in self._minutes.items() if at > done.version}
            if self._unknown_at is not None and done.minutes is None and self._unknown_at <= done.version:
                self._unknown_at = None

    def _touched_by(self, version: int) -> set[int]:
        with self._files.open_input_stream(f"_delta_log/{version:020d}.json") as entry:
            lines: list[dict[str, Any]] = [orjson.loads(line) for line in entry.read().splitlines() if line]
        if any(line.get("txn", {}).get("appId") == IN_FORCE for line in lines):
            # What a retirement drops is counted elsewhere from then on: no minute of gold changes.
            return set()
        changes = [action for line in lines for kind in ("add", "remove") if (action := line.get(kind)) is not None]
        return {minute for each in changes if each.get("dataChange", True) for minute in self._minutes_of(each)}

    def _minutes_of(self, file: dict[str, Any]) -> Iterator[int]:
        statistics = orjson.loads(file.get("stats") or "{}")
        lowest = statistics.get("minValues", {}).get("created_at")
        highest = statistics.get("maxValues", {}).get("created_at")
        if statistics.get("numRecords") == 0:
            return
        if lowest is not None and highest is not None:
            first, last = _minute(lowest), _minute(highest)
            if last - first < NARROW:
                yield from range(first, last + 1)
                return
        times = pq.read_table(unquote(file["path"]), columns=["created_at"], filesystem=self._files)["created_at"]
        yield from np.unique(_microseconds(times) // 60_000_000).tolist()


def _minute(written: str) -> int:
    return int(datetime.fromisoformat(written).timestamp() // 60)


def _microseconds(times: pa.ChunkedArray) -> Any:
    return pc.cast(pc.cast(times, pa.timestamp("us", tz="UTC"), safe=False), pa.int64()).to_numpy()
