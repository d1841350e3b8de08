"""Keeps a batch bounded in bytes: large values are left out at first and fetched again in slices of offsets.

A record may have 2 MiB; a batch of tens of thousands of them would fit neither the JVM nor the driver.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

BATCH_BYTES = 256 * 1024 * 1024
"""What the values of one batch may come to."""
INLINE_BYTES = 16 * 1024
"""The largest value that comes with a batch of at most 16,384 records. A tweet with all its expansions has 2 to 10 KB."""
SLICE_BYTES = 16 * 1024 * 1024
Slice = dict[int, tuple[int, int]]
"""Partition → first offset and the one after the last."""


def inline_bytes(max_rows: int) -> int:
    """The largest value that comes with a batch of at most so many records; larger ones are left out at first."""
    return min(INLINE_BYTES, BATCH_BYTES // max_rows)


def is_complete(batch: pa.Table, inline: int = INLINE_BYTES) -> bool:
    """True when no value was left out."""
    return int(pc.max(batch["value_bytes"]).as_py() or 0) <= inline


def slices(batch: pa.Table, limit: int = SLICE_BYTES) -> Iterator[Slice]:
    """Cut a batch into consecutive offsets of one partition, each with at most `limit` raw bytes, or a single record."""
    rows = batch.select(["partition", "offset", "value_bytes"]).sort_by(
        [("partition", "ascending"), ("offset", "ascending")]
    )
    current: tuple[int, int, int, int] | None = None
    for partition, offset, size in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        size = size or 0
        if current is not None and current[0] == partition and current[3] + size <= limit:
            current = (partition, current[1], offset + 1, current[3] + size)
            continue
        if current is not None:
            yield {current[0]: (current[1], current[2])}
        current = (partition, offset, offset + 1, size)
    if current is not None:
        yield {current[0]: (current[1], current[2])}
