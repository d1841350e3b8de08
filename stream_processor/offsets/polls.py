"""How many records one poll of Spark's Kafka consumer brings: few until a backlog has shown that its records are small.

Spark holds a poll's records decompressed, so few is what fits the heap whatever they are. But after each poll it asks the broker twice where the
partition begins and ends (`getAvailableOffsetRange` of its KafkaDataConsumer), which of few records costs more than reading them.
"""

import threading

import structlog

from sentistream.contracts.topic import MAX_MESSAGE_BYTES

log = structlog.get_logger()
FEW, MANY = 100, 1000
"""Records a poll. FEW of the longest are 200 MiB a partition."""
BACKLOG_RECORDS = 10_000
"""A batch of so many is a backlog's: in smaller ones a poll is never full."""
PROVEN_RECORDS = 200_000
"""After a long value, so many small ones in a row: each change is a query anew, some 0.2 s."""
FEWER_BYTES = 1024 * 1024
"""What MANY are fetched in, compressed: long ones that hardly compress never come in numbers."""


class Polls:
    """The size of the next query's polls; each start begins with few. Safe in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records = FEW
        self._small, self._needed = 0, BACKLOG_RECORDS

    @property
    def records(self) -> int:
        """Records a poll."""
        with self._lock:
            return self._records

    def seen(self, records: int, *, all_small: bool) -> None:
        """Learn from a batch.

        Args:
            records: how many it holds.
            all_small: whether no value was too long to come with it.
        """
        with self._lock:
            before = self._records
            if not all_small:
                self._records, self._small, self._needed = FEW, 0, PROVEN_RECORDS
            elif records >= BACKLOG_RECORDS:
                self._small += records
                self._records = MANY if self._small >= self._needed else self._records
            if self._records != before:
                log.debug("polls", records=self._records)


def options(records: int) -> dict[str, str]:
    """Options of Spark's Kafka source for polls of so many records."""
    fetched = FEWER_BYTES if records > FEW else 8 * MAX_MESSAGE_BYTES
    return {"kafka.max.poll.records": str(records), "kafka.max.partition.fetch.bytes": str(fetched)}
