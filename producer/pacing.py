"""When each record is due: at a set rate, or at the pace of the tweets' own times."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from producer.record import Record
from sentistream.contracts.topic import MOST_AHEAD
from sentistream.files.written_dates import instant

Item = TypeVar("Item")


class Pace:
    """Holds items back until they are due, and knows how late it is."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self.behind_seconds = 0.0
        """How long ago the last item was due when it came."""

    def at_rate(self, items: Iterable[Item], rate: float) -> Iterator[Item]:
        """Yield items at `rate` a second (0: at once), each due at start + number / rate.

        A late one is followed by a burst, never by a slower average.
        """
        if rate == 0:
            yield from items
            return
        start = self._clock()
        for number, item in enumerate(items):
            self._wait_until(start + number / rate)
            yield item

    def by_own_times(
        self, records: Iterable[Record], speed: float, round_of: Callable[[], int] = lambda: 1
    ) -> Iterator[Record]:
        """Yield records as far apart as they were written, `speed` times as fast; from the beginning in each round of a loop.

        One that is older than one before it, or of no known time (a day ahead is none), comes at once.
        """
        start, number = self._clock(), 0
        first: float | None = None
        latest = 0.0
        for record in records:
            moment = instant(record.created_at)
            if moment is not None and moment.timestamp() < time.time() + MOST_AHEAD.total_seconds():
                written = moment.timestamp()
                if round_of() != number:
                    start, number, first, latest = self._clock(), round_of(), None, 0.0
                first = written if first is None else first
                if written >= latest:
                    latest = written
                    self._wait_until(start + (written - first) / speed)
            yield record

    def _wait_until(self, due: float) -> None:
        early = due - self._clock()
        self.behind_seconds = max(-early, 0.0)
        if early > 0:
            self._sleep(early)
