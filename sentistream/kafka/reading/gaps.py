"""Gaps: offsets that hold no committed record, and whether that is explained.

Compaction takes records away, and a transaction leaves a marker, and records that consumers are never shown where it was aborted. Any other offset
without a record is one that the broker has lost.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType

from sentistream.kafka.reading import log
from sentistream.kafka.reading.log import Batch

Span = tuple[int, int]
"""The first offset and the one after the last."""
POLICY = "cleanup.policy"


def between(start: int, end: int, offsets: npt.NDArray[np.int64]) -> list[Span]:
    """The gaps between two offsets, of which some, in ascending order, hold a record."""
    before = np.concatenate([[start - 1], offsets])
    after = np.concatenate([offsets, [end]])
    at = np.flatnonzero(after - before > 1)
    return [(int(first) + 1, int(last)) for first, last in zip(before[at], after[at], strict=True)]


def unexplained(admin: KafkaAdminClient, partition: TopicPartition, gaps: list[Span]) -> list[Span]:
    """The parts of gaps that neither compaction nor transactions explain.

    Raises:
        KafkaError: the broker does not say, or does not hand out its log.
    """
    if not gaps or is_compacted(admin, partition.topic):
        return []
    left: list[Span] = []
    known: list[Batch] = []
    for first, end in gaps:
        at = first
        while at < end:
            if not known or known[-1].last < at:
                known = list(log.stable(admin, partition, at))
            here = next((batch for batch in known if batch.last >= at), None)
            if here is not None and here.first <= at and here.hidden:
                at = min(here.last + 1, end)
                continue
            # Up to where the log goes on, nothing says why.
            beyond = end if here is None else min(end, here.last + 1 if here.first <= at else here.first)
            left.append((at, beyond))
            at = beyond
    return left


def in_words(gaps: Iterable[Span], most: int = 5) -> str:
    """Where gaps are, the first ones."""
    named = list(_named(gaps, most + 1))
    return ", ".join(named[:most]) + (", …" if len(named) > most else "")


def _named(gaps: Iterable[Span], most: int) -> Iterator[str]:
    for (first, end), _ in zip(gaps, range(most), strict=False):
        yield f"{first}" if end - first == 1 else f"{first}–{end - 1}"


def is_compacted(admin: KafkaAdminClient, topic: str) -> bool:
    """Whether compaction is configured."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, [POLICY])
    configs = admin.describe_configs([resource], config_filter="all")
    return "compact" in configs["topic"][topic][POLICY]["value"]
