"""Rejections of reused ids that the dead-letter table has and the scored one has not counted yet.

A process that died between the two commits leaves them. They were decided by what came before them then; cut and interleaved otherwise, a retry would
decide otherwise. So it keeps to the rows that are there.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from sentistream.kafka.topic import Topic
from stream_processor.offsets import ledger
from stream_processor.stream.parsing.rejection import Reason

COORDINATES = ("partition", "offset", "kafka_timestamp")
"""Of a topic that was re-created, an offset means another record at another time."""
Coordinates = frozenset[tuple[int, int, int]]
"""Partition, offset, and Kafka time in microseconds since 1970."""


def uncounted(rejected: DeltaTable, scored: DeltaTable, topic: Topic) -> Coordinates:
    """The dead letters of reused ids beyond the scored table's offsets; nothing is read where the dead-letter table is not ahead."""
    counted = ledger.committed_offsets(scored, topic)
    ahead = {
        number: counted.get(number, -1)
        for number, last in ledger.committed_offsets(rejected, topic).items()
        if last > counted.get(number, -1)
    }
    found: Coordinates = frozenset()
    for number, last in ahead.items():
        beyond = (pc.field("partition") == number) & (pc.field("offset") > last)
        chosen = beyond & (pc.field("topic") == topic.name) & (pc.field("reason") == Reason.ID_REUSED)
        found |= coordinates(rejected.to_pyarrow_dataset().to_table(columns=list(COORDINATES), filter=chosen))
    return found


def coordinates(rows: pa.Table) -> Coordinates:
    """Where rows stand in Kafka."""
    return frozenset(_coordinates(rows))


def are_among(rows: pa.Table, found: Coordinates) -> npt.NDArray[np.bool_]:
    """For each row, whether it stands at one of the coordinates."""
    if not found:
        return np.zeros(rows.num_rows, np.bool_)
    return np.array([each in found for each in _coordinates(rows)], np.bool_)


def _coordinates(rows: pa.Table) -> list[tuple[int, int, int]]:
    times = pc.cast(pc.cast(rows["kafka_timestamp"], pa.timestamp("us", tz="UTC")), pa.int64())
    return list(zip(rows["partition"].to_pylist(), rows["offset"].to_pylist(), times.to_pylist(), strict=True))
