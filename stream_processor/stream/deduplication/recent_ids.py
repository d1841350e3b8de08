"""The window of recent tweet ids: which tweets of a batch are already in the scored table, and what of their texts is remembered.

Ids lie in sorted arrays, each with the fingerprint of its text: 16 bytes an id. The arrays are cut into segments by the Kafka time at which their ids were
added. Small segments are merged as they come, so that a look-up visits few of them and no merge is large. A segment is dropped once all of it is older
than the window: an id is remembered for at least the window, and for no longer than the segment it shares.

A start reads the ids alone. The texts of a segment are read from the table when an id of it comes again, about a second for a million.
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
from stream_processor.stream.deduplication.kafka_times import between, of_days

Ids = npt.NDArray[np.int64]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST_SEGMENT = 1_000_000
"""Merging two segments up to this size takes some 20 ms; larger ones would be felt as latency."""
ROWS_AT_ONCE = 65_536
"""Texts that are in memory together, but for what is read ahead."""


@dataclass(frozen=True)
class Segment:
    """Sorted ids with the fingerprints of their texts, and the Kafka times between which they came."""

    ids: Ids
    fingerprints: Fingerprints | None
    """None where they have not been read yet."""
    earliest: datetime
    latest: datetime

    @property
    def is_complete(self) -> bool:
        """True when the fingerprints are there."""
        return self.fingerprints is not None

    def merged(self, other: "Segment") -> "Segment":
        """Both in one."""
        at = np.searchsorted(self.ids, other.ids)
        if self.fingerprints is None or other.fingerprints is None:
            raise ValueError("a segment without fingerprints is left as it is")
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

    def __init__(self, window: timedelta, table: DeltaTable | None = None, come_again: datetime | None = None) -> None:
        self._window = window
        self._table = table
        self._come_again = come_again
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
        arrays = (each for segment in self._segments for each in (segment.ids, segment.fingerprints))
        return sum(each.nbytes for each in arrays if each is not None)

    def known(self, ids: Ids) -> list[Known]:
        """The ids that are remembered, by segment."""
        # In their order, so that what is next is near.
        order = np.argsort(ids, kind="stable")
        sought = ids[order]
        found: list[Known] = []
        for number, segment in enumerate(self._segments):
            if not segment.is_complete and len(_hits(segment, sought)[0]):
                segment = self._segments[number] = self._completed(segment)
            hits, first = _hits(segment, sought)
            if segment.fingerprints is not None and len(hits):
                times = np.searchsorted(segment.ids, sought[hits], side="right") - first
                among = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
                remembered = segment.fingerprints[np.repeat(first, times) + among]
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
            if not before.is_complete or len(before.ids) + len(segment.ids) > LARGEST_SEGMENT:
                break
            self._segments.pop()
            segment = before.merged(segment)
        self._segments.append(segment)

    def forget_before(self, earliest: datetime) -> None:
        """Drop what lies a whole window before `earliest`, the earliest Kafka time of the records to come."""
        horizon = self._horizon(earliest)
        self._segments = [segment for segment in self._segments if segment.latest >= horizon]

    def _horizon(self, earliest: datetime) -> datetime:
        """The Kafka time from which on ids are remembered."""
        horizon = earliest - self._window
        return EPOCH if self._come_again is not None and self._come_again >= horizon else horizon

    @classmethod
    def rebuild(
        cls, table: DeltaTable, window: timedelta, earliest: datetime, come_again: datetime | None = None
    ) -> "RecentIds":
        """Read the window from the scored table itself: the rows since a window before `earliest`.

        Where all of the table's tweets may `come_again` from a time on, with new Kafka times, they are remembered until a window after it.
        """
        recent = cls(window, table, come_again)
        recent._segments = list(_slices(table, recent._horizon(earliest)))
        return recent

    def _completed(self, segment: Segment) -> Segment:
        """A segment with its fingerprints, from what the table holds of its times."""
        if self._table is None:
            raise ValueError("there is no table to read texts from")
        return _with_texts(self._table, segment)


def _hits(segment: Segment, sought: Ids) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which of the ids a segment holds, and where it holds them first; quickest where they are sorted."""
    if not len(segment.ids):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    first = np.searchsorted(segment.ids, sought)
    hits = np.flatnonzero(segment.ids[np.minimum(first, len(segment.ids) - 1)] == sought)
    return hits, first[hits]


def _slices(table: DeltaTable, horizon: datetime) -> Iterator[Segment]:
    """Ids since the horizon in the order of their Kafka time, at most `LARGEST_SEGMENT` at once."""
    dataset = table.to_pyarrow_dataset(file_pruning_predicate=of_days(horizon))
    rows = dataset.to_table(columns=["tweet_id", "kafka_timestamp"], filter=between(horizon))
    ids = rows["tweet_id"].to_numpy()
    times = pc.cast(rows["kafka_timestamp"], pa.int64()).to_numpy()
    order = np.argsort(times, kind="stable")
    for start in range(0, len(order), LARGEST_SEGMENT):
        part = order[start : start + LARGEST_SEGMENT]
        earliest, latest = (EPOCH + timedelta(microseconds=int(times[at])) for at in (part[0], part[-1]))
        yield Segment(np.sort(ids[part]), None, earliest, latest)


def _with_texts(table: DeltaTable, segment: Segment) -> Segment:
    """A segment's ids, each once with every text that the table holds of it: of other segments' rows between them nothing is kept."""
    dataset = table.to_pyarrow_dataset(file_pruning_predicate=of_days(segment.earliest, segment.latest))
    scanner = dataset.scanner(
        columns=["tweet_id", "text"],
        filter=between(segment.earliest, segment.latest),
        batch_size=ROWS_AT_ONCE,
        batch_readahead=1,
        fragment_readahead=1,
    )
    ids, fingerprints = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    for batch in scanner.to_batches():
        own = batch.take(pa.array(_hits(segment, batch["tweet_id"].to_numpy())[0]))
        ids.append(own["tweet_id"].to_numpy())
        fingerprints.append(fingerprint.of(tweet_form.normal(own["text"])))
    return Segment(*_distinct(np.concatenate(ids), np.concatenate(fingerprints)), segment.earliest, segment.latest)


def _distinct(ids: Ids, fingerprints: Fingerprints) -> tuple[Ids, Fingerprints]:
    """Each pair once, sorted by id."""
    order = np.lexsort((fingerprints, ids))
    ids, fingerprints = ids[order], fingerprints[order]
    is_first = np.ones(len(ids), np.bool_)
    is_first[1:] = (ids[1:] != ids[:-1]) | (fingerprints[1:] != fingerprints[:-1])
    return ids[is_first], fingerprints[is_first]
