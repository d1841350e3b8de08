"""Values counted by bounds, whole batches at once: what Prometheus calls a histogram, without a call for each record."""

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds for what a batch takes."""


class Distribution:
    """Counts values; safe in any thread.

    Args:
        bounds: the upper bounds, ascending; a value is counted under the first bound that it is not above, or above all of them.
    """

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self._bounds = np.asarray(bounds, np.float64)
        self._counts = np.zeros(len(bounds) + 1, np.int64)
        self._sum = 0.0
        self._lock = threading.Lock()

    def add(self, *values: float) -> None:
        """Count some values."""
        self.add_all(np.asarray(values, np.float64))

    def add_all(self, values: npt.NDArray[np.float64]) -> None:
        """Count an array of values, of any length."""
        places = np.bincount(np.searchsorted(self._bounds, values), minlength=len(self._counts))
        total = float(values.sum())
        with self._lock:
            self._counts += places
            self._sum += total

    def buckets(self) -> tuple[list[tuple[str, float]], float]:
        """Prometheus's own form: each bound (the last one `+Inf`) with how many values are not above it; and the sum of all values."""
        with self._lock:
            counts, total = self._counts.cumsum(), self._sum
        bounds = [*(repr(float(bound)) for bound in self._bounds), "+Inf"]
        return list(zip(bounds, counts.astype(float).tolist(), strict=True)), total
