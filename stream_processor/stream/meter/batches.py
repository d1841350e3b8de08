"""What the stream counts of itself, a batch at a time: no record pays for it."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.metrics.distribution import Distribution
from stream_processor.stream.meter.lag import Lag
from stream_processor.stream.sink.lake_sink import Committed, LakeSink

STAGES = ("read", "score", "commit", "batch")
"""Kafka to the driver; parse and score; both commits; from the driver to the last commit of a batch."""
LATENCY_SECONDS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Bounds of the time from a record's arrival at the broker to its commit."""


class Meter:
    """Counts since the process began; written by the threads that read and finish, read by the one that answers Prometheus.

    Args:
        sink: says how far the table has come.
    """

    def __init__(self, sink: LakeSink) -> None:
        self.stages = {name: Distribution() for name in STAGES}
        self.latency = Distribution(LATENCY_SECONDS)
        self.dead_letters: Counter[str] = Counter()
        """By reason."""
        self.lag = Lag(lambda: sink.totals)
        self.committed_at: float | None = None
        """When something was last committed, in seconds since 1970."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done within; what fails does not count."""
        started = time.monotonic()
        yield
        self.stages[name].add(time.monotonic() - started)

    def committed(self, done: Committed) -> None:
        """Count what a commit has brought."""
        self.committed_at = now = time.time()
        self.dead_letters.update(done.reasons)
        if done.kafka_times is not None:
            self.latency.add_all(seconds_since(done.kafka_times, now))


def seconds_since(times: pa.ChunkedArray, now: float) -> npt.NDArray[np.float64]:
    """Of times of microsecond precision; never below 0, since the broker's clock is its own."""
    microseconds: npt.NDArray[np.int64] = pc.cast(times, pa.int64()).to_numpy()
    return np.clip((int(now * 1e6) - microseconds) / 1e6, 0.0, None)
