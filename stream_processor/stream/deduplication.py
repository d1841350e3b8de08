"""The window of recent tweet ids: which tweets of a batch are already in the scored table.

The ids lie in sorted arrays of 8 bytes an id, cut into segments by the Kafka time at which they were added. Small segments are
merged as they come, so that a look-up visits few of them and no merge is large. A segment is dropped once all of it is older
than the window: an id is remembered for at least the window, and for no longer than the segment it shares.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

Ids = npt.NDArray[np.int64]
LARGEST_SEGMENT = 1_000_000
"""Merging two segments up to this size takes some 20 ms; larger ones would be felt as latency."""


@dataclass(frozen=True)
class Segment:
    """Sorted ids, and the latest Kafka time of any of them."""

    ids: Ids
    latest: datetime


class RecentIds:
    """The ids of tweets that were scored within the window before the records to come."""

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._segments: list[Segment] = []

    def __len__(self) -> int:
        return sum(len(segment.ids) for segment in self._segments)

    @property
    def window(self) -> timedelta:
        """How long before a record its id is remembered at least."""
        return self._window

    def contains(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """For each id, whether it is remembered."""
        remembered = np.zeros(len(ids), dtype=np.bool_)
        for segment in self._segments:
            at = np.searchsorted(segment.ids, ids)
            at[at == len(segment.ids)] = 0
            remembered |= segment.ids[at] == ids
        return remembered

    def add(self, ids: Ids, latest: datetime) -> None:
        """Remember ids that are committed; `latest` is the latest Kafka time of any of them."""
        if not len(ids):
            return
        segment = Segment(np.sort(ids), latest)
        while self._segments and len(self._segments[-1].ids) <= 2 * len(segment.ids):
            before = self._segments[-1]
            if len(before.ids) + len(segment.ids) > LARGEST_SEGMENT:
                break
            self._segments.pop()
            merged = np.concatenate([before.ids, segment.ids])
            merged.sort(kind="stable")
            segment = Segment(merged, max(before.latest, segment.latest))
        self._segments.append(segment)

    def forget_before(self, earliest: datetime) -> None:
        """Drop what lies a whole window before `earliest`, the earliest Kafka time of the records to come."""
        horizon = earliest - self._window
        self._segments = [segment for segment in self._segments if segment.latest >= horizon]

    @classmethod
    def rebuild(cls, table: DeltaTable, window: timedelta, earliest: datetime) -> "RecentIds":
        """Read the window from the scored table itself: the rows since a window before `earliest`."""
        recent = cls(window)
        for ids, latest in _slices(table, earliest - window):
            recent.add(ids, latest)
        return recent


def _slices(table: DeltaTable, horizon: datetime) -> Iterator[tuple[Ids, datetime]]:
    """Ids since the horizon in the order of their Kafka time, at most `LARGEST_SEGMENT` at once."""
    dataset = table.to_pyarrow_dataset()
    field = pc.field("kafka_timestamp")
    recent = (field >= pa.scalar(horizon, pa.timestamp("us", tz="UTC"))) & (pc.field("ingest_date") >= horizon.date())
    rows = dataset.to_table(columns=["tweet_id", "kafka_timestamp"], filter=recent)
    ids = rows["tweet_id"].to_numpy()
    times = pc.cast(rows["kafka_timestamp"], pa.int64()).to_numpy()
    order = np.argsort(times, kind="stable")
    for start in range(0, len(order), LARGEST_SEGMENT):
        part = order[start : start + LARGEST_SEGMENT]
        yield ids[part], datetime.fromtimestamp(int(times[part[-1]]) / 1e6, UTC)


def first_occurrences(ids: Ids) -> npt.NDArray[np.bool_]:
    """For each row, whether it is the first one of its id."""
    _, first = np.unique(ids, return_index=True)
    mask = np.zeros(len(ids), dtype=np.bool_)
    mask[first] = True
    return mask
