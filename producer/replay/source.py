"""The replay source: inputs, one after the other → records; broken rows and messages that are no tweets are counted."""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import IO, BinaryIO

import orjson
import structlog

from producer.position import Position, Positions
from producer.record import Record, headers, iso_time, row_id, usable_id
from producer.replay import json_file
from producer.replay.conversion import Converted, UnusableTweetError, convert, with_id
from producer.replay.inputs import Input
from producer.replay.json_file import JsonObject
from producer.replay.lines import bounded
from sentistream.errors import UserError
from sentistream.files import labelled_files
from sentistream.files.compressed import DAMAGE, decompressed
from sentistream.files.labelled_files import BrokenRow, LabelledTweet

log = structlog.get_logger()
JSON_BEGINS = (b"{", b"[")
Tell = Callable[[BrokenRow], None]


@dataclass
class Counts:
    """What came of what was read."""

    read: int = 0
    """Rows and objects."""
    broken: int = 0
    """Rows that are no usable tweet."""
    no_tweets: int = 0
    """Messages that streams send beside tweets."""


class ReplaySource:
    """The inputs' tweets as records, in order; with `forward_bad` the broken rows' bytes too, for the rejected table."""

    def __init__(self, inputs: Sequence[Input], tell: Tell, loop: bool = False, forward_bad: bool = False) -> None:
        self._inputs = inputs
        self._tell = tell
        self._rounds = count(1) if loop else (1,)
        self._forward_bad = forward_bad
        self.positions = Positions([each.name for each in inputs])
        self.counts = Counts()
        self.round = 1
        """1, and one more in each round of a loop."""
        self._done_bytes = 0
        self._reading: BinaryIO | None = None
        for each in inputs if loop else ():
            if not each.can_be_read_again:
                raise UserError(f"{each.shown} can be read once only: --loop needs files.", exit_code=2)

    def __iter__(self) -> Iterator[Record]:
        for number in self._rounds:
            self.round = number
            if number > 1:
                log.info("the replay begins anew, with new ids", round=number)
            found_any = False
            self._done_bytes = 0
            for place, each in enumerate(self._inputs):
                for record in self._records_of(each, number, place):
                    found_any = True
                    yield record
                self._done_bytes += each.size or 0
            if not found_any:
                return

    def summary(self) -> dict[str, object]:
        """The counts, as the producer's last line shows them."""
        return {"read": self.counts.read, "broken_rows": self.counts.broken, "no_tweets": self.counts.no_tweets}

    def share(self) -> float | None:
        """Which share of the inputs' bytes is read in this round; None where their sizes are not known."""
        sizes = [each.size for each in self._inputs]
        if None in sizes or self._reading is None:
            return None
        try:
            done = self._done_bytes + self._reading.tell()
        except (OSError, ValueError):
            # An object of a store can't tell; a file may be closed in between.
            return None
        return min(done / max(sum(size or 0 for size in sizes), 1), 1.0)

    def _records_of(self, each: Input, number: int, place: int) -> Iterator[Record]:
        for row in self._rows(each):
            self.counts.read += 1
            match row:
                case LabelledTweet():
                    converted = _of_row(each.name, row)
                    at = Position(number, place, row.line)
                    yield self._record(converted, at, row.label)
                case JsonObject():
                    yield from self._of_object(each, row, Position(number, place, row.number, row.item))
                case BrokenRow():
                    yield from self._broken(row, Position(number, place, row.line))

    def _rows(self, each: Input) -> Iterator[LabelledTweet | JsonObject | BrokenRow]:
        try:
            with each.open() as raw:
                self._reading = raw
                stream = decompressed(raw, each.shown)
                if stream.peek(3).startswith(BOM_UTF8):  # type: ignore[attr-defined]  # `decompressed` gives a BufferedReader
                    stream.read(len(BOM_UTF8))
                if _begins_as_json(stream):
                    yield from json_file.objects(each.shown, stream)
                else:
                    yield from labelled_files.rows(each.shown, bounded(stream), need_labels=False)
        except DAMAGE as damaged:
            raise UserError(
                f"{each.shown}: the compressed file is cut short or damaged ({damaged}); what came before was published."
            ) from damaged
        except OSError as failed:
            raise UserError(f"{each.shown} can't be read to its end: {failed}.") from failed

    def _of_object(self, each: Input, found: JsonObject, at: Position) -> Iterator[Record]:
        try:
            converted = convert(found.value, found.raw)
            record = None if converted is None else self._record(converted, at)
        except UnusableTweetError as unusable:
            yield from self._unusable(each, found, str(unusable), at)
            return
        except (RecursionError, orjson.JSONEncodeError):
            yield from self._unusable(each, found, "nested too deeply", at)
            return
        if record is None:
            self.counts.no_tweets += 1
        else:
            yield record

    def _unusable(self, each: Input, found: JsonObject, problem: str, at: Position) -> Iterator[Record]:
        raw = found.raw if found.raw is not None else json_file.written(found.value)
        yield from self._broken(BrokenRow(each.shown, found.number, problem, raw), at)

    def _record(self, converted: Converted, at: Position, label: str | None = None) -> Record:
        if at.round > 1:
            converted = with_id(converted, row_id("round", at.round, converted.tweet_id))
        return Record(
            converted.tweet_id.encode(),
            converted.value,
            headers("replay", self.positions.written(at), label),
            converted.created_at,
        )

    def _broken(self, row: BrokenRow, at: Position) -> Iterator[Record]:
        self.counts.broken += 1
        self._tell(row)
        if self._forward_bad and row.raw:
            # Spread over the partitions like any other record, and found again by a resumed replay.
            key = row_id(self._inputs[at.input].name, row.line, row.problem)
            yield Record(key.encode(), row.raw, headers("replay", self.positions.written(at)))


def _begins_as_json(stream: IO[bytes]) -> bool:
    head: bytes = stream.peek(4096)[:4096]  # type: ignore[attr-defined]  # `decompressed` gives a BufferedReader
    return head.lstrip()[:1] in JSON_BEGINS


def _of_row(name: str, tweet: LabelledTweet) -> Converted:
    """A row as the v2 object; one without a usable id gets the same one whenever the file is replayed."""
    tweet_id = usable_id(tweet.tweet_id) or row_id(name, tweet.line, tweet.text)
    data = {"id": tweet_id, "text": tweet.text}
    created_at = iso_time(tweet.created_at)
    if created_at is not None:
        data["created_at"] = created_at
    return Converted(tweet_id, orjson.dumps({"data": data}), created_at)
