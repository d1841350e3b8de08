"""Follows the scored table as its commits appear: counts, latencies and the latest rows, for the live view."""

from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from sentistream.lake.tables import REJECTED, SCORED, Table

COLUMNS = ["text", "sentiment", "p_positive", "kafka_timestamp"]
LATEST = 6
"""Rows that the view shows."""


@dataclass
class Seen:
    """What the commits so far hold."""

    scored: int = 0
    rejected: int = 0
    duplicates: int = 0
    sentiments: Counter[str] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    """Broker's time of a tweet → the time its commit was readable."""
    latest: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LATEST))

    @property
    def accounted(self) -> int:
        """Records whose fate is committed."""
        return self.scored + self.rejected + self.duplicates


class Follower:
    """Reads each new commit of a local lake once."""

    def __init__(self, lake: Path) -> None:
        self._lake = lake
        self._next = {SCORED: 0, REJECTED: 0}
        self.seen = Seen()

    def look(self) -> None:
        """Read the commits that have appeared since the last look."""
        for table in (REJECTED, SCORED):
            while (commit := self._commit_file(table)).exists():
                self._read(table, commit)
                self._next[table] += 1

    def _commit_file(self, table: Table) -> Path:
        return self._lake / str(table) / "_delta_log" / f"{self._next[table]:020}.json"

    def _read(self, table: Table, commit: Path) -> None:
        actions = [orjson.loads(line) for line in commit.read_bytes().splitlines() if line]
        metadata = next((a["commitInfo"].get("userMetadata") for a in actions if "commitInfo" in a), None)
        counts = orjson.loads(metadata)["batch"] if metadata else {}
        if table is REJECTED:
            self.seen.rejected += counts.get("rejected", 0)
            return
        readable_ms = commit.stat().st_mtime * 1000
        for action in actions:
            if "add" in action and action["add"].get("dataChange"):
                self._count(self._lake / str(table) / action["add"]["path"], readable_ms)
        # Last: a commit whose rows can't be read is looked at again.
        self.seen.scored += counts.get("scored", 0)
        self.seen.duplicates += counts.get("duplicates", 0)

    def _count(self, file: Path, readable_ms: float) -> None:
        rows = pq.ParquetFile(file).read(columns=COLUMNS)
        self.seen.sentiments.update(rows["sentiment"].to_pylist())
        self.seen.latencies_ms += [readable_ms - at.timestamp() * 1000 for at in rows["kafka_timestamp"].to_pylist()]
        self.seen.latest.extend(rows.slice(max(rows.num_rows - LATEST, 0)).to_pylist())
