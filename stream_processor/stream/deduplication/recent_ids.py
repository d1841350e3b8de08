"""The window of recent tweet ids: which tweets of a batch are already in the scored table, and what of their texts is remembered.

Ids lie in sorted arrays, each with the fingerprint of its text: 16 bytes an id. The arrays are cut into segments by the Kafka time at which their ids were
added. Small segments are merged as they come, so that a look-up visits few of them and no merge is large. A segment is dropped once all of it is older
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

from sentistream import tweet_form
from sentistream.tweet_form import fingerprint
from sentistream.tweet_form.fingerprint import Fingerprints

Ids = npt.NDArray[np.int64]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST_SEGMENT = 1_000_000
"""Merging two segments up to this size takes some 20 ms; larger ones would be felt as latency."""
ROWS_AT_ONCE = 65_536
"""Texts that are in memory together at a start, but for what is read ahead."""


@dataclass(frozen=True)
class Segment:
    """Sorted ids with the fingerprints of their texts, and the Kafka times between which they came."""

    ids: Ids
    fingerprints: Fingerprints
    earliest: datetime
    latest: datetime

    def merged(self, other: "Segment") -> "Segment":
        """Both in one."""
        at = np.searchsorted(self.ids, other.ids)
        return Segment(
            np.insert(self.ids, at, other.ids),
            np.insert(self.fingerprints, at, other.fingerprints),
            min(self.earliest, other.earliest),
            max(self.latest, other.latest),
        )


@dataclass(frozen=True)
class Known:
    """Ids of a batch that one segment remembers."""

    rows: npt.NDArray[np.int64]
    """Their places in what was asked; one that was scored more than once is there as often."""
    fingerprints: Fingerprints
    """Of the texts with which they were scored."""
    earliest: datetime
    latest: datetime
    """The Kafka times between which they were."""


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

    @property
    def bytes_held(self) -> int:
        """What the ids and fingerprints take."""
        return sum(segment.ids.nbytes + segment.fingerprints.nbytes for segment in self._segments)

    def known(self, ids: Ids) -> list[Known]:
        """The ids that are remembered, by segment."""
        found: list[Known] = []
        # In their order, so that what is next is near.
        order = np.argsort(ids, kind="stable")
        sought = ids[order]
        for segment in self._segments:
            first = np.searchsorted(segment.ids, sought)
            hits = np.flatnonzero(segment.ids[np.minimum(first, len(segment.ids) - 1)] == sought)
            if len(hits):
                times = np.searchsorted(segment.ids, sought[hits], side="right") - first[hits]
                among = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
                remembered = segment.fingerprints[np.repeat(first[hits], times) + among]
                found.append(Known(np.repeat(order[hits], times), remembered, segment.earliest, segment.latest))
        return found

    def add(self, ids: Ids, fingerprints: Fingerprints, earliest: datetime, latest: datetime) -> None:
        """Remember ids that are committed, with their texts' fingerprints; no Kafka time of any lies outside of those given."""
        if not len(ids):
            return
        order = np.argsort(ids, kind="stable")
        segment = Segment(ids[order], fingerprints[order], earliest, latest)
        while self._segments and len(self._segments[-1].ids) <= 2 * len(segment.ids):
            before = self._segments[-1]
            if len(before.ids) + len(segment.ids) > LARGEST_SEGMENT:
                break
            self._segments.pop()
            segment = before.merged(segment)
        self._segments.append(segment)

    def forget_before(self, earliest: datetime) -> None:
        """Drop what lies a whole window before `earliest`, the earliest Kafka time of the records to come."""
        horizon = earliest - self._window
        self._segments = [segment for segment in self._segments if segment.latest >= horizon]

    @classmethod
    def rebuild(cls, table: DeltaTable, window: timedelta, earliest: datetime) -> "RecentIds":
        """Read the window from the scored table itself: the rows since a window before `earliest`."""
        recent = cls(window)
        for segment in _slices(table, earliest - window):
            recent.add(segment.ids, segment.fingerprints, segment.earliest, segment.latest)
        return recent


def _slices(table: DeltaTable, horizon: datetime) -> Iterator[Segment]:
    """Ids since the horizon in the order of their Kafka time, at most `LARGEST_SEGMENT` at once; texts are read in small batches."""
    field = pc.field("kafka_timestamp")
    recent = (field >= pa.scalar(horizon, pa.timestamp("us", tz="UTC"))) & (pc.field("ingest_date") >= horizon.date())
    scanner = table.to_pyarrow_dataset().scanner(
        columns=["tweet_id", "text", "kafka_timestamp"],
        filter=recent,
        batch_size=ROWS_AT_ONCE,
        batch_readahead=1,
        fragment_readahead=1,
    )
    parts = [_part(batch) for batch in scanner.to_batches() if batch.num_rows]
    if not parts:
        return
    ids, fingerprints, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(times, kind="stable")
    for start in range(0, len(order), LARGEST_SEGMENT):
        part = order[start : start + LARGEST_SEGMENT]
        earliest, latest = (EPOCH + timedelta(microseconds=int(times[at])) for at in (part[0], part[-1]))
        yield Segment(ids[part], fingerprints[part], earliest, latest)


def _part(batch: pa.RecordBatch) -> tuple[Ids, Fingerprints, npt.NDArray[np.int64]]:
    times = pc.cast(batch["kafka_timestamp"], pa.int64())
    fingerprints = fingerprint.of(tweet_form.normal(pc.cast(batch["text"], pa.string())))
    return batch["tweet_id"].to_numpy(), fingerprints, times.to_numpy()
