"""The replay source: inputs, one after the other → records; broken rows and messages that are no tweets are counted."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import BinaryIO

import orjson
import structlog

from producer.position import Position, Positions
from producer.record import Record, headers
from producer.replay.prepared import Prepared
from sentistream.files.content.lines import MAX_LINE_BYTES
from sentistream.files.decision import Decision
from sentistream.files.inspection import place_of
from sentistream.files.json.conversion import with_id
from sentistream.files.reading import read
from sentistream.files.rows import BrokenRow, TweetRow
from sentistream.files.written_ids import row_id

log = structlog.get_logger()
OVERHEAD_BYTES = 1024
"""Of a record beside its value: key, headers, the batch's own fields."""
Tell = Callable[[BrokenRow], None]


@dataclass
class Counts:
    """What came of what was read."""

    read: int = 0
    """Rows and objects."""
    tweets: int = 0
    broken: int = 0
    """Rows that are no usable tweet."""
    no_tweets: int = 0
    """Messages that streams send beside tweets, and rows whose label is skipped."""
    times_unread: int = 0
    """Tweets with a time that can't be read: they have none."""
    problems: Counter[str] = field(default_factory=Counter)


class ReplaySource:
    """The inputs' tweets as records, in order; with `forward_bad` the broken rows' bytes too, for the rejected table."""

    def __init__(self, inputs: Sequence[Prepared], tell: Tell, loop: bool = False, forward_bad: bool = False) -> None:
        self._inputs = list(inputs)
        self._tell = tell
        self._rounds = count(1) if loop else (1,)
        self._forward_bad = forward_bad
        self.positions = Positions([each.input.name for each in inputs])
        self.counts = Counts()
        self.round = 1
        """1, and one more in each round of a loop."""
        self._largest = MAX_LINE_BYTES
        self._done_bytes = 0
        self._reading: BinaryIO | None = None
        self._rows_before = 0
        self._read_now: Prepared | None = None

    def take_at_most(self, record_bytes: int) -> None:
        """Count larger records as broken: the topic would refuse one together with all that are sent beside it."""
        self._largest = min(record_bytes - OVERHEAD_BYTES, MAX_LINE_BYTES)

    def read_as(self, inputs: Sequence[Prepared]) -> None:
        """Read the same inputs by other decisions."""
        self._inputs = list(inputs)

    def begin_in(self, number: int) -> None:
        """Leave out the rounds before this one, of a replay that goes round."""
        self._rounds = count(number)

    def __iter__(self) -> Iterator[Record]:
        for number in self._rounds:
            self.round = number
            if number > 1:
                log.info("the replay begins anew, with new ids", round=number)
            any_record = False
            self._done_bytes = 0
            for place, each in enumerate(self._inputs):
                for record in self._records_of(each, number, place):
                    any_record = True
                    yield record
                self._done_bytes += each.input.size or 0
            if not any_record:
                return

    def summary(self) -> dict[str, object]:
        """The counts, as the producer's last line shows them."""
        counts = self.counts
        told: dict[str, object] = {
            "read": counts.read,
            "broken_rows": counts.broken,
            "no_tweets": counts.no_tweets,
        }
        if counts.problems:
            told["problems"] = dict(counts.problems)
        return told | ({"times_unread": counts.times_unread} if counts.times_unread else {})

    def share(self) -> float | None:
        """Which share of the inputs is read in this round, each as large as its bytes; None where their sizes are not known."""
        sizes = [each.input.size for each in self._inputs]
        if None in sizes or self._reading is None or self._read_now is None:
            return None
        now = self._read_now
        if now.counted:
            # Of a small file all bytes are read ahead at once.
            rows = self.counts.tweets + self.counts.broken - self._rows_before
            within = (now.input.size or 0) * min(rows / max(now.rows, 1), 1.0)
        else:
            try:
                within = self._reading.tell()
            except (OSError, ValueError):
                # An object of a store can't tell; a file may be closed in between.
                return None
        return min((self._done_bytes + within) / max(sum(size or 0 for size in sizes), 1), 1.0)

    def _records_of(self, each: Prepared, number: int, place: int) -> Iterator[Record]:
        name, decision, counts = each.input.name, each.decision, self.counts
        self._read_now, self._rows_before = each, counts.tweets + counts.broken
        reading = str(decision).encode()
        for row in read(replace(each.input, open=lambda: self._opened(each)), decision):
            counts.read += 1
            if type(row) is TweetRow:
                at = Position(number, place, row.line, row.item)
                record = self._record(name, row, at, decision, reading)
                if len(record.value) > self._largest:
                    yield from self._broken(_too_large(each.input.shown, row, record, self._largest), at, reading)
                else:
                    counts.tweets += 1
                    yield record
            elif isinstance(row, BrokenRow):
                yield from self._broken(row, Position(number, place, row.line, row.item), reading)
            else:
                counts.no_tweets += 1

    def _opened(self, each: Prepared) -> BinaryIO:
        self._reading = each.input.open()
        return self._reading

    def _record(self, name: str, row: TweetRow, at: Position, decision: Decision, reading: bytes) -> Record:
        tweet_id, value, created_at = row.tweet_id, row.value, row.created_at
        own = tweet_id is None
        if own:
            tweet_id = row_id(name, place_of(row), row.text)
        assert tweet_id is not None  # noqa: S101 - for mypy
        if at.round > 1:
            own, tweet_id = True, row_id("round", at.round, tweet_id)
        if value is None:
            data = {"id": tweet_id, "text": row.text}
            if row.author_id is not None:
                data["author_id"] = row.author_id
            if row.lang is not None:
                data["lang"] = row.lang
            written = decision.dates.iso(created_at)
            if written is not None:
                data["created_at"] = written
            elif created_at is not None:
                self.counts.times_unread += 1
            created_at, value = written, orjson.dumps({"data": data})
        else:
            if own:
                value = with_id(value, tweet_id)
            if created_at is not None and not (isinstance(created_at, str) and created_at.endswith("Z")):
                created_at = decision.dates.iso(created_at)
                self.counts.times_unread += created_at is None
        marks = headers("replay", self.positions.written(at), row.label, reading)
        return Record(tweet_id.encode(), value, marks, created_at)

    def _broken(self, row: BrokenRow, at: Position, reading: bytes) -> Iterator[Record]:
        self.counts.broken += 1
        self.counts.problems[row.kind] += 1
        self._tell(row)
        if self._forward_bad and row.raw:
            # Spread over the partitions like any other record, and found again by a resumed replay.
            key = row_id(self._inputs[at.input].input.name, row.line, row.problem)
            marks = headers("replay", self.positions.written(at), reading=reading)
            yield Record(key.encode(), row.raw[: self._largest], marks)


def _too_large(shown: str, row: TweetRow, record: Record, largest: int) -> BrokenRow:
    problem = f"a tweet of {len(record.value):,} bytes (the topic takes at most {largest:,})"
    return BrokenRow(shown, row.line, problem, record.value, row.item)
