"""Where a restarted replay goes on: after the last row of its file that each partition holds.

Kafka keeps the order within a partition, so a row is on the topic exactly if its partition ends with that row or a later one. This holds while
the topic keeps its number of partitions; rows that are published twice after a change have the same id and are dropped as duplicates.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.partitioner import murmur2

from producer.record import Record
from sentistream import topic
from sentistream.errors import UserError
from sentistream.settings import KafkaSettings
from sentistream.topic_contract import POSITION_HEADER

FIRST_LOOK = 200
"""Records at a partition's end that are read first; others may have published after this file, so each further look is four times as long."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Published:
    """The last line of a file that each partition holds; 0 where it holds none."""

    last_lines: Mapping[int, int]

    def holds(self, record: Record) -> bool:
        """True when the record is on the topic already."""
        numbers = sorted(self.last_lines)
        partition = numbers[(murmur2(record.key) & 0x7FFFFFFF) % len(numbers)]
        return (_line(record.headers) or 0) <= self.last_lines[partition]

    def rest(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records that are not on the topic."""
        return (record for record in records if not self.holds(record))


def published(settings: KafkaSettings, found: topic.Topic, file_name: str) -> Published:
    """Read the topic's tail, backwards until each partition shows a row of the file; all of it where there is none.

    Raises:
        UserError: the broker does not let the topic be read.
    """
    admin = topic.connect(settings)
    try:
        held = topic.ranges(admin, found)
    finally:
        admin.close()
    try:
        consumer = KafkaConsumer(**topic.client_options(settings), enable_auto_commit=False)
        try:
            lines = {number: _last_line(consumer, found.name, number, held[number], file_name) for number in held}
        finally:
            consumer.close()
    except KafkaError as refused:
        raise UserError(f"The topic {found.name} can't be read to resume the replay: {refused}") from refused
    for number, line in lines.items():
        if line == 0 and held[number].first > 0:
            log.warning("may replay again what the topic no longer holds", partition=number, file=file_name)
    return Published(lines)


def _last_line(consumer: KafkaConsumer, name: str, number: int, held: topic.Range, file_name: str) -> int:
    partition = TopicPartition(name, number)
    consumer.assign([partition])
    end, look = held.end, FIRST_LOOK
    while end > held.first:
        begin = max(held.first, end - look)
        line = _last_line_between(consumer, partition, begin, end, file_name)
        if line:
            return line
        end, look = begin, look * 4
    return 0


def _last_line_between(consumer: KafkaConsumer, partition: TopicPartition, begin: int, end: int, file_name: str) -> int:
    consumer.seek(partition, begin)
    found, answered = 0, time.monotonic()
    while consumer.position(partition) < end:
        records = consumer.poll(timeout_ms=1000).get(partition, [])
        if not records and time.monotonic() - answered > 60:
            raise UserError(f"The broker does not hand out {partition.topic}'s records from offset {begin} on.")
        answered = time.monotonic() if records else answered
        for record in records:
            if record.offset < end:
                found = _line(record.headers, file_name) or found
    return found


def _line(headers: Iterable[tuple[str, bytes]], file_name: str | None = None) -> int | None:
    """The line that a record stood on; None where it is from another file, or has no position of this form."""
    position = next((value for name, value in headers if name == POSITION_HEADER), b"")
    name, _, line = position.decode("utf-8", "replace").rpartition(":")
    if not line.isascii() or not line.isdigit() or file_name not in (None, name):
        return None
    return int(line)
