"""Keeps a set rate without drifting: a late record is followed by a burst, never by a slower average."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def paced(
    items: Iterable[Item],
    rate: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Item]:
    """Yield items at `rate` a second (0: at once), each due at start + number / rate."""
    start = clock()
    for number, item in enumerate(items):
        if rate > 0:
            early = start + number / rate - clock()
            if early > 0:
                sleep(early)
        yield item
