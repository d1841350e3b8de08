"""The offset rule on a batch: its rows beyond what a table holds, and their counts. Pure functions of Arrow columns."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.kafka.reading import gaps
from stream_processor.offsets.ledger import Tally
from stream_processor.offsets.missing import Judge


def beyond(rows: pa.Table, last: Mapping[int, int]) -> pa.Table:
    """Only the rows whose offset is beyond the last one of their partition."""
    chosen = are_beyond(rows, last)
    return rows if chosen.all() else rows.filter(pa.array(chosen))


def are_beyond(rows: pa.Table, last: Mapping[int, int]) -> npt.NDArray[np.bool_]:
    """For each row, whether its offset is beyond the last one of its partition."""
    if not last:
        return np.ones(rows.num_rows, np.bool_)
    numbers = pa.array(list(last), rows["partition"].type)
    ends = pa.array(list(last.values()), pa.int64())
    end = pc.take(ends, pc.index_in(rows["partition"], numbers))
    is_beyond: npt.NDArray[np.bool_] = pc.fill_null(pc.greater(rows["offset"], end), True).to_numpy()
    return is_beyond


def by_partition(rows: pa.Table) -> dict[int, Tally]:
    """Count a batch by partition."""
    flagged = pa.table(
        {
            "partition": rows["partition"],
            "offset": rows["offset"],
            "rejected": pc.cast(pc.is_valid(rows["reason"]), pa.int64()),
            "duplicate": pc.cast(rows["is_duplicate"], pa.int64()),
            "time": pc.cast(rows["kafka_timestamp"], pa.int64()),
        }
    )
    sums = [("rejected", "sum"), ("duplicate", "sum"), ("time", "max")]
    grouped = flagged.group_by("partition").aggregate(
        [("offset", "min"), ("offset", "max"), ("offset", "count"), *sums]
    )
    return {
        row["partition"]: Tally(
            first=row["offset_min"],
            last=row["offset_max"],
            scored=row["offset_count"] - row["rejected_sum"] - row["duplicate_sum"],
            rejected=row["rejected_sum"],
            duplicates=row["duplicate_sum"],
            time_ms=row["time_max"] // 1000,
        )
        for row in grouped.to_pylist()
    }


def with_missing(
    counted: Mapping[int, Tally], rows: pa.Table, following: Mapping[int, int], judge: Judge
) -> dict[int, Tally]:
    """The counts of a batch, with the offsets that it passes without a record.

    Args:
        counted: its counts, by partition.
        rows: its rows.
        following: the offset that is to come next of each partition that was read before.
        judge: tells what they are; asked only where there are any.

    Raises:
        UserError: records are lost.
    """
    whole = dict(counted)
    for number, tally in counted.items():
        start = min(following.get(number, tally.first), tally.first)
        if tally.last + 1 - start == tally.scored + tally.rejected + tally.duplicates:
            continue
        offsets = rows["offset"].filter(pc.equal(rows["partition"], number)).to_numpy()
        missing = judge(number, gaps.between(start, tally.last + 1, np.sort(offsets)))
        whole[number] = replace(tally, first=start, holes=missing.holes, lost=missing.lost)
    return whole
