"""Transactions that stay open: nothing behind the first offset of one is handed out until it ends."""

import time
from collections.abc import Mapping

import structlog
from kafka import KafkaAdminClient, TopicPartition

from sentistream.kafka.reading import log as partition_log
from sentistream.kafka.topic import Range, Topic

log = structlog.get_logger()
LONG_SECONDS = 30.0


class OpenTransactions:
    """Says once of each transaction that it is open for longer than `LONG_SECONDS`."""

    def __init__(self) -> None:
        self._since: dict[tuple[int, int], float] = {}
        self._said: set[tuple[int, int]] = set()

    def look(self, admin: KafkaAdminClient, topic: Topic, stable: Mapping[int, int], held: Mapping[int, Range]) -> None:
        """Look at each partition.

        Args:
            admin: asked when a transaction began.
            topic: whose partitions.
            stable: their last stable offsets, asked for before
            held: what the broker holds of each.
        """
        held_back = {(number, offset) for number, offset in stable.items() if offset < held[number].end}
        self._since = {at: since for at, since in self._since.items() if at in held_back}
        self._said &= held_back
        for number, offset in held_back - self._since.keys():
            self._since[number, offset] = _written(admin, TopicPartition(topic.name, number), offset)
        long = [at for at, since in sorted(self._since.items()) if time.time() - since > LONG_SECONDS]
        for number, offset in long:
            if (number, offset) not in self._said:
                log.warning(
                    "a transaction is open for long: what is behind it can't be read until its producer commits or aborts it",
                    topic=topic.name,
                    partition=number,
                    offset=offset,
                    seconds=round(time.time() - self._since[number, offset]),
                )
        self._said.update(long)


def _written(admin: KafkaAdminClient, partition: TopicPartition, offset: int) -> float:
    """When the record at an offset was written, in seconds since 1970."""
    batch = partition_log.at(admin, partition, offset)
    return time.time() if batch is None else batch.time_ms / 1000
