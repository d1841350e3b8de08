"""How far the stream is behind its topic, in records and in seconds, without reading a record for it.

Seconds are an upper bound that is close where it matters. What is not committed yet came after the last record that is, by the broker's clock, and after
the last moment at which all that the broker held was done. In a backlog the first bound is exact to a record; after a quiet time the second one holds.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sentistream.kafka.topic import Range
from stream_processor.offsets.ledger import Tally

FRESH_SECONDS = 60.0
"""For so long what the broker said of its ends counts; then the lag is not known."""


@dataclass(frozen=True)
class Behind:
    """One partition's lag."""

    records: int
    seconds: float | None
    """At most; None where nothing was ever committed of the partition."""
    held_back: int
    """Records behind the beginning of a transaction that is open: nobody can read them yet, and `records` leaves them out."""


class Lag:
    """Of one topic; safe in any thread.

    Args:
        totals: how far the table has come, by partition.
        clock: seconds since 1970.
    """

    def __init__(self, totals: Callable[[], Mapping[int, Tally]], clock: Callable[[], float] = time.time) -> None:
        self._totals = totals
        self._clock = clock
        self._ends: Mapping[int, int] = {}
        self._held: Mapping[int, Range] = {}
        self._passed: Mapping[int, int] = {}
        """Offsets up to which all was read and committed: behind a table's last record there may be offsets that hold none."""
        self._level_at: dict[int, float] = {}
        """When a partition was last known to have nothing that was not committed."""
        self._lock = threading.Lock()
        self.seen_at: float | None = None
        """When the broker last said where the partitions end, in seconds since 1970."""

    def seen(self, stable: Mapping[int, int], held: Mapping[int, Range]) -> None:
        """Note where the partitions end now.

        Args:
            stable: the first offset of each that can't be read yet.
            held: what the broker holds of each, asked after that.
        """
        totals = self._totals()
        with self._lock:
            self._note_level(totals)
            self._ends = dict(stable)
            self._held = dict(held)
            self.seen_at = self._clock()

    def level(self) -> None:
        """Note that everything that can be read has been, and is committed."""
        with self._lock:
            self._passed = self._ends

    def partitions(self) -> dict[int, Behind]:
        """The lag of each partition; empty where it is not known, since the broker has not said lately where they end."""
        totals, now = self._totals(), self._clock()
        with self._lock:
            if self.seen_at is None or now - self.seen_at > FRESH_SECONDS:
                return {}
            self._note_level(totals)
            return {number: self._behind(number, end, totals.get(number), now) for number, end in self._ends.items()}

    def _behind(self, number: int, end: int, tally: Tally | None, now: float) -> Behind:
        records = max(0, end - self._done(number, tally))
        since = [tally.time_ms / 1000] if tally else []
        since += [self._level_at[number]] if number in self._level_at else []
        seconds = 0.0 if not records else max(0.0, now - max(since)) if since else None
        return Behind(records, seconds, max(0, self._held[number].end - end) if number in self._held else 0)

    def _note_level(self, totals: Mapping[int, Tally]) -> None:
        """Of what the broker said last: where all of it is done, the partition was level then."""
        if self.seen_at is not None:
            level = [each for each, end in self._ends.items() if self._done(each, totals.get(each)) >= end]
            self._level_at |= dict.fromkeys(level, self.seen_at)

    def _done(self, number: int, tally: Tally | None) -> int:
        """The first offset that is not done; what the broker no longer has will never be."""
        first = self._held[number].first if number in self._held else 0
        return max(first, self._passed.get(number, 0), tally.last + 1 if tally else 0)
