"""Resumes a replay after the last row of its inputs that each partition of the topic holds.

Kafka keeps the order within a partition, so a row is on the topic exactly if its partition ends with that row or a later one. This holds while
the topic keeps its number of partitions and the inputs are the same; rows that are published twice after a change have the same id and are dropped as duplicates.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from kafka.partitioner import murmur2

from producer.position import Position, Positions
from producer.record import Record
from sentistream.contracts.topic import POSITION_HEADER, READING_HEADER
from sentistream.kafka import connection, topic
from sentistream.kafka.reading.consumer import OffsetsConsumer
from sentistream.kafka.reading.headers import named
from sentistream.settings import KafkaSettings

FIRST_LOOK = 200
"""Records at a partition's end that are read first; others may have published after this file, so each further look is four times as long."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Published:
    """How far the inputs are on the topic."""

    positions: Positions
    last: Mapping[int, Position | None]
    """The last position that each partition holds; None where it holds none."""
    readings: Mapping[int, frozenset[str | None]] = field(default_factory=dict)
    """By the input's place: how these records' file was read; None for records of a version that did not say."""

    @property
    def first_round(self) -> int:
        """The first round of a loop of which not every partition holds a later one: all before it are on the topic."""
        return min(at.round if at is not None else 1 for at in self.last.values())

    def holds(self, record: Record) -> bool:
        """True when the record is on the topic already."""
        numbers = sorted(self.last)
        last = self.last[numbers[(murmur2(record.key) & 0x7FFFFFFF) % len(numbers)]]
        at = _position(record.headers, self.positions)
        return last is not None and at is not None and at <= last

    def rest(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records that are not on the topic."""
        return (record for record in records if not self.holds(record))


def published(settings: KafkaSettings, tweets: topic.Topic, positions: Positions) -> Published:
    """Read the topic's tail, backwards until each partition shows a row of the inputs; all of it where there is none.

    Raises:
        UserError: the broker does not let the topic be read.
    """
    with closing(connection.connect(settings)) as admin:
        stable = topic.stable_ends(admin, tweets)
        held = {number: topic.Range(part.first, stable[number]) for number, part in topic.ranges(admin, tweets).items()}
    with OffsetsConsumer(settings) as consumer:
        ends = {number: _last(consumer, tweets.name, number, held[number], positions) for number in held}
    readings: defaultdict[int, set[str | None]] = defaultdict(set)
    for number, end in ends.items():
        if end is not None:
            readings[end.at.input].add(end.reading)
        elif held[number].first > 0:
            log.warning("may publish again what the topic no longer holds", partition=number)
    last = {number: end.at if end is not None else None for number, end in ends.items()}
    return Published(positions, last, {place: frozenset(each) for place, each in readings.items()})


class End(NamedTuple):
    """The last record of the inputs on a partition."""

    at: Position
    reading: str | None


def _last(consumer: OffsetsConsumer, name: str, number: int, held: topic.Range, positions: Positions) -> End | None:
    end, look = held.end, FIRST_LOOK
    while end > held.first:
        begin = max(held.first, end - look)
        last: End | None = None
        for messages, _ in consumer.messages(name, number, begin, end, lambda left: min(left, FIRST_LOOK)):
            for message in messages:
                last = _end(named(message), positions) or last
        if last is not None:
            return last
        end, look = begin, look * 4
    return None


def _end(headers: Mapping[str, bytes | None], positions: Positions) -> End | None:
    at, reading = _position(headers.items(), positions), headers.get(READING_HEADER)
    return None if at is None else End(at, None if reading is None else reading.decode("utf-8", "replace"))


def _position(headers: Iterable[tuple[str, bytes | None]], positions: Positions) -> Position | None:
    written = next((value for name, value in headers if name == POSITION_HEADER), None)
    return positions.read(written) if written is not None else None
