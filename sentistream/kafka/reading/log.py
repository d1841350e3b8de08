"""What the broker's log holds at an offset, whether consumers are shown it or not: its batches, by Kafka's own Fetch request.

No client shows the markers of transactions. Each is a batch of its own, whose header says what it is (KIP-98).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import for_code
from kafka.protocol.consumer import FetchRequest, IsolationLevel
from kafka.record import MemoryRecords

FETCH_BYTES = 4 << 20
WAIT_MS = 500
VERSIONS = (4, 11)
"""The first that knows of transactions, and the last that calls a topic by its name."""


@dataclass(frozen=True)
class Batch:
    """Consecutive offsets that were written together."""

    first: int
    last: int
    hidden: bool
    """Whether no consumer of committed records is shown them: the marker that ends a transaction, or records of one that was aborted."""
    time_ms: int
    """When the last was written, in milliseconds since 1970."""


def stable(admin: KafkaAdminClient, partition: TopicPartition, start: int) -> Iterator[Batch]:
    """Batches from the one that holds an offset on, or where none does the next one, up to the last stable offset at most: those of one answer, at least one where there are any.

    Raises:
        KafkaError: the broker does not hand them out.
    """
    return _batches(admin, partition, start, IsolationLevel.READ_COMMITTED, FETCH_BYTES)


def at(admin: KafkaAdminClient, partition: TopicPartition, offset: int) -> Batch | None:
    """The batch that holds an offset, or where none does the next one, of a transaction that is still open, too; None where there is none.

    Raises:
        KafkaError: the broker does not hand it out.
    """
    return next(_batches(admin, partition, offset, IsolationLevel.READ_UNCOMMITTED, 1), None)


def _batches(
    admin: KafkaAdminClient, partition: TopicPartition, start: int, isolation: IsolationLevel, most_bytes: int
) -> Iterator[Batch]:
    response = admin._manager.run(partial(_fetch, admin, partition, start, isolation, most_bytes))
    [answered] = response.responses[0].partitions
    if answered.error_code:
        raise for_code(answered.error_code)(f"the broker does not hand out {partition} from offset {start} on")
    records = MemoryRecords(bytes(answered.records or b""))
    to_come = sorted(answered.aborted_transactions or (), key=lambda each: each.first_offset)
    aborted: set[int] = set()
    while records.has_next():
        batch = records.next_batch()
        # Before version 2 of the format there were no transactions.
        if batch is None or batch.magic < 2:
            continue
        # As every consumer does: a producer's records from the first of an aborted transaction up to its marker.
        while to_come and to_come[0].first_offset <= batch.last_offset:
            aborted.add(to_come.pop(0).producer_id)
        hidden = batch.is_control_batch or (batch.is_transactional and batch.producer_id in aborted)
        if batch.is_control_batch:
            aborted.discard(batch.producer_id)
        yield Batch(batch.base_offset, batch.last_offset, hidden, batch.max_timestamp)


async def _fetch(
    admin: KafkaAdminClient, partition: TopicPartition, start: int, isolation: IsolationLevel, most_bytes: int
) -> FetchRequest:
    [leader] = await admin._async_get_leader_for_partitions([partition])
    topic = FetchRequest.FetchTopic
    asked = topic.FetchPartition(
        partition=partition.partition, fetch_offset=start, partition_max_bytes=most_bytes, current_leader_epoch=-1
    )
    request = FetchRequest(
        max_wait_ms=WAIT_MS,
        min_bytes=1,
        max_bytes=most_bytes,
        isolation_level=isolation.value,
        session_id=0,
        session_epoch=-1,
        topics=[topic(topic=partition.topic, partitions=[asked])],
        forgotten_topics_data=[],
        min_version=VERSIONS[0],
        max_version=VERSIONS[1],
    )
    return await admin._manager.send(request, node_id=leader)
