"""Dead letters of reused ids with which the dead-letter table is ahead: the scored table has not counted them yet.

A process that died between the two commits leaves them. They were decided by what came before them then; cut and interleaved otherwise, a retry would
decide otherwise. So it keeps to the rows that are there.
"""

from collections.abc import Mapping

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


def rejected_ahead(rejected: DeltaTable, scored: DeltaTable, topic: Topic) -> Coordinates:
    """The dead letters of reused ids after the scored table's offsets, up to the dead-letter table's own.

    Nothing is read of a partition in which the dead-letter table is not ahead.
    """
    counted = ledger.committed_offsets(scored, topic)
    found: Coordinates = frozenset()
    for number, reached in ledger.committed_offsets(rejected, topic).items():
        before = counted.get(number, -1)
        if reached > before:
            # By its statistics a file is left out before anything of it is opened. Further on are letters of a topic that was re-created.
            files = [("partition", "=", number), ("offset", ">", before), ("offset", "<=", reached)]
            place, offset = pc.field("partition") == number, pc.field("offset")
            chosen = place & (offset > before) & (offset <= reached)
            chosen &= (pc.field("topic") == topic.name) & (pc.field("reason") == Reason.ID_REUSED)
            dataset = rejected.to_pyarrow_dataset(file_pruning_predicate=files)
            found |= coordinates(dataset.to_table(columns=list(COORDINATES), filter=chosen))
    return found


def after(found: Coordinates, counted: Mapping[int, int]) -> Coordinates:
    """Those that the scored table has yet to count.

    Args:
        found: coordinates.
        counted: the last offset of each partition that the scored table holds.
    """
    return frozenset(each for each in found if each[1] > counted.get(each[0], -1))


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
