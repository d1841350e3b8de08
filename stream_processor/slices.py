"""Keeps a batch bounded in bytes: raw values beyond a task's room are left out and fetched again in slices of offsets.

Rejected records keep their bytes, up to 2 MiB each; a batch of tens of thousands of them would fit neither the JVM nor the driver.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TASK_BYTES = 32 * 1024 * 1024
"""Raw values that one task passes on."""
SLICE_BYTES = TASK_BYTES // 2
Slice = dict[int, tuple[int, int]]
"""Partition → first offset and the one after the last."""


def bounded(batches: Iterator[pa.RecordBatch], room: int = TASK_BYTES) -> Iterator[pa.RecordBatch]:
    """Null the column `value` once `room` bytes of it have passed; `value_bytes` goes on saying how large it was."""
    for batch in batches:
        sizes = pc.fill_null(pc.binary_length(batch["value"]), 0).to_numpy()
        fits = np.cumsum(sizes, dtype=np.int64) <= room
        room -= int(sizes[fits].sum())
        value = pc.if_else(pa.array(fits), batch["value"], pa.scalar(None, pa.binary()))
        yield batch.set_column(batch.schema.get_field_index("value"), "value", value)


def is_complete(batch: pa.Table) -> bool:
    """True when no value was left out."""
    return int(pc.sum(pc.fill_null(pc.binary_length(batch["value"]), 0)).as_py() or 0) == int(
        pc.sum(batch["value_bytes"]).as_py() or 0
    )


def slices(batch: pa.Table, limit: int = SLICE_BYTES) -> Iterator[Slice]:
    """Cut a batch into consecutive offsets of one partition, each with at most `limit` raw bytes, or a single record."""
    rows = batch.select(["partition", "offset", "value_bytes"]).sort_by(
        [("partition", "ascending"), ("offset", "ascending")]
    )
    current: tuple[int, int, int, int] | None = None
    for partition, offset, size in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        if current is not None and current[0] == partition and current[3] + size <= limit:
            current = (partition, current[1], offset + 1, current[3] + size)
            continue
        if current is not None:
            yield {current[0]: (current[1], current[2])}
        current = (partition, offset, offset + 1, size)
    if current is not None:
        yield {current[0]: (current[1], current[2])}
