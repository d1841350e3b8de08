"""A snapshot: the tables of the lake, pinned at their versions of one moment, of which all numbers of a page are."""

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sentistream.errors import UserError

if TYPE_CHECKING:
    from deltalake import DeltaTable

    from sentistream.lake.lake import Lake
    from sentistream.lake.tables import Table

FRESH_SECONDS = 1.0
"""A snapshot that is no older answers whoever asks meanwhile: opening the tables costs some 30 ms."""
SHOWN = {"silver/scored_tweets": "silver", "gold/sentiment_per_minute": "gold", "bronze/rejected_tweets": "rejected"}
"""Table → what the footer calls it."""


@dataclass(frozen=True)
class Snapshot:
    """The lake at one moment; nothing in it moves."""

    taken_at: datetime
    lake: "Lake | None" = None
    tables: "Mapping[Table, DeltaTable]" = field(default_factory=dict)
    """Those that there are and that can be read; `engine.asked(lake, sql, tables)` answers from them."""
    missing: str | None = None
    """Why there is nothing to show, and what to do, in a sentence; None where there are scored tweets."""

    @property
    def versions(self) -> list[tuple[str, int]]:
        """What the footer names: `silver`, 10482."""
        found = {str(table): handle.version() for table, handle in self.tables.items()}
        return [(name, found[table]) for table, name in SHOWN.items() if table in found]


class Snapshots:
    """Takes snapshots of one lake; safe in any thread.

    Args:
        uri: LAKE_URI.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._lock = threading.Lock()
        self._taken = float("-inf")
        self.latest: Snapshot | None = None
        """The newest that was taken, without looking again."""

    async def now(self) -> Snapshot:
        """As `take`, beside the event loop."""
        return await asyncio.to_thread(self.take)

    def take(self) -> Snapshot:
        """The lake as it is now, or was a second ago; it never raises for a lake that is not there or can't be read."""
        with self._lock:
            if self.latest is None or time.monotonic() - self._taken > FRESH_SECONDS:
                self.latest = self._look()
                self._taken = time.monotonic()
            return self.latest

    def _look(self) -> Snapshot:
        # delta-rs, which a service that only scores does without.
        from sentistream.lake.lake import Lake
        from sentistream.lake.tables import SCORED

        now = datetime.now(UTC)
        try:
            lake = Lake.at(self._uri)
            tables = lake.opened()
            if SCORED not in tables:
                lake.require(SCORED)
        except UserError as absent:
            return Snapshot(now, missing=str(absent))
        return Snapshot(now, lake, tables)
