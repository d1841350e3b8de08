"""Which minutes of the scored table have changed: read from the table's log, commit by commit.

A file that a commit adds or removes touches the minutes of its tweets; a compaction changes no data and touches none, nor does a retirement. The stream's
log is kept short: what it no longer tells is told by the position (`sentistream.lake.follow`), which says which rows are new and which days to look at
again.
"""

import threading
from collections.abc import Iterator, Mapping
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

from sentistream.lake import changed_days, follow, transactions
from sentistream.lake.follow import IN_FORCE
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import rollup
from sentistream.lake.maintenance.retention import EPOCH
from sentistream.lake.tables import RETIRED, SCORED
from stream_processor.tables.spans import MINUTES_A_DAY

log = structlog.get_logger()
FOLLOW_SECONDS = 2.0
"""The log keeps at least 200 commits: some 17 s of the busiest stream measured."""
NARROW = 3
"""A file of at most so many minutes, by its statistics, touches all of them; of a wider one the times are read."""
MINUTE_US = 60_000_000
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
        lake: where.
        table: a handle of the scored table of its own.
        since: the version up to which all is settled; None where nothing is.
        marks: of the position at that version (`follow.marks`).
    """

    def __init__(self, lake: Lake, table: DeltaTable, since: int | None, marks: Mapping[str, int]) -> None:
        self._lake = lake
        self._table = table
        self._files = PyFileSystem(DeltaStorageHandler.from_table(table._table))
        self._reading = threading.Lock()
        self._lock = threading.Lock()
        self._seen = table.version() if since is None else since
        self._marks = dict(marks) if since is not None else follow.marks(transactions.of(table))
        self._minutes: dict[int, int] = {}
        """Minute → the last version that touched it."""
        self._unknown_at: int | None = self._seen if since is None else None

    def read_on(self) -> None:
        """Read the commits since the last look."""
        with self._reading:
            self._lake.refresh(SCORED, self._table)
            for version in range(self._seen + 1, self._table.version() + 1):
                try:
                    minutes, marks = self._touched_by(version)
                except FileNotFoundError:
                    # Also where a file was merged and deleted before its times could be read.
                    self._resume(version)
                    return
                # Another one: it may be asked for meanwhile.
                self._marks = self._marks | marks
                self._add(version, minutes)

    def marks(self) -> frozenset[str]:
        """The transactions of the scored table that belong to a position."""
        return frozenset(self._marks)

    def _resume(self, version: int) -> None:
        """Go on at the table's newest version, by the position instead of the log."""
        now = follow.marks(transactions.of(self._table))
        minutes = self._missed(now)
        if minutes is None:
            log.warning("the scored table's log no longer has what is needed: gold is made anew", version=version)
        else:
            log.info("the scored table's log is shorter: gold reads what it missed", minutes=len(minutes))
        self._marks = now
        self._add(self._table.version(), minutes)

    def _missed(self, now: Mapping[str, int]) -> set[int] | None:
        """The minutes of what was added, changed, removed and retired since the position; None where that can't be told."""
        before, table = self._marks, self._table
        added = follow.added_since(before, now)
        days = changed_days.since(self._lake, table, before.get(changed_days.LAST, 0))
        retired = self._lake.open(RETIRED)
        dropped = rollup.minutes_since(retired, table, before.get(IN_FORCE, 0))
        if added is None or days is None or dropped is None or len(days) * MINUTES_A_DAY > MOST_MINUTES:
            return None
        first = [(day - EPOCH).days * MINUTES_A_DAY for day in days]
        minutes = {minute for begin in first for minute in range(begin, begin + MINUTES_A_DAY)}
        minutes.update(np.unique(_microseconds(dropped) // MINUTE_US).tolist())
        for batch in table.to_pyarrow_dataset().to_batches(columns=["created_at"], filter=added):
            minutes.update(np.unique(_microseconds(batch["created_at"]) // MINUTE_US).tolist())
            if len(minutes) > MOST_MINUTES:
                return None
        return minutes

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

    def _touched_by(self, version: int) -> tuple[set[int], dict[str, int]]:
        """The minutes, and what the commit says of the position."""
        with self._files.open_input_stream(f"_delta_log/{version:020d}.json") as entry:
            lines: list[dict[str, Any]] = [orjson.loads(line) for line in entry.read().splitlines() if line]
        said = {txn["appId"]: txn["version"] for line in lines if (txn := line.get("txn")) is not None}
        if IN_FORCE in said:
            # What a retirement drops is counted elsewhere from then on: no minute of gold changes.
            return set(), follow.marks(said)
        changes = [action for line in lines for kind in ("add", "remove") if (action := line.get(kind)) is not None]
        minutes = {minute for each in changes if each.get("dataChange", True) for minute in self._minutes_of(each)}
        return minutes, follow.marks(said)

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
        yield from np.unique(_microseconds(times) // MINUTE_US).tolist()


def _minute(written: str) -> int:
    return int(datetime.fromisoformat(written).timestamp() // 60)


def _microseconds(times: pa.ChunkedArray) -> Any:
    return pc.cast(pc.cast(times, pa.timestamp("us", tz="UTC"), safe=False), pa.int64()).to_numpy()
