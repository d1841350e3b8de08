"""From Kafka to readable: how long tweets took, of the commits of the last minute, without keeping each one's time."""

from collections import deque

import numpy as np
import numpy.typing as npt

SECONDS = 60
LEAST_MS, MOST_MS = 1.0, 3_600_000.0
PER_DECADE = 60
"""Classes of a decade: a percentile is right within 4 %."""
CLASSES = int(np.log10(MOST_MS / LEAST_MS) * PER_DECADE) + 2


class Latency:
    """Of a minute of commits."""

    def __init__(self) -> None:
        self._commits: deque[tuple[int, npt.NDArray[np.int64]]] = deque()
        self._sum = np.zeros(CLASSES, np.int64)

    def add(self, committed_us: int, arrived_us: npt.NDArray[np.int64]) -> None:
        """Take a commit's tweets.

        Args:
            committed_us: when they were readable, microseconds since 1970.
            arrived_us: int64[tweets], their Kafka times.
        """
        took = np.clip((committed_us - arrived_us) / 1_000, LEAST_MS, MOST_MS)
        classes = np.ceil(np.log10(took / LEAST_MS) * PER_DECADE).astype(np.int64)
        counts = np.bincount(classes, minlength=CLASSES)
        self._commits.append((committed_us, counts))
        self._sum += counts
        while self._commits[0][0] < committed_us - SECONDS * 1_000_000:
            self._sum -= self._commits.popleft()[1]

    @property
    def tweets(self) -> int:
        """How many it is of."""
        return int(self._sum.sum())

    def percentile(self, percent: float) -> float | None:
        """Seconds that so many of the tweets did not take longer than; None where there are none."""
        if not self.tweets:
            return None
        at = int(np.searchsorted(np.cumsum(self._sum), self.tweets * percent / 100))
        return float(LEAST_MS * 10 ** (at / PER_DECADE) / 1_000)
