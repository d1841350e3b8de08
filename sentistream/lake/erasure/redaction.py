"""Redaction of rows that must stay to be counted: their coordinates and times are kept, nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from sentistream.lake.erasure.forgotten import Forgotten, Mask, microseconds
from sentistream.lake.erasure.record import holds

RECORD: Mapping[str, Any] = {"key": None, "value": None, "headers": []}
"""Of a record as it came."""
REJECTED: Mapping[str, Any] = {**RECORD, "tweet_id": None, "author_id": None, "detail": "forgotten"}
"""Of a rejected one."""


def redacted(rows: pa.Table, which: Mask, emptied: Mapping[str, Any]) -> pa.Table:
    """The rows, with other values in some columns of those that are marked."""
    if not which.any():
        return rows
    chosen = pa.array(np.where(which, rows.num_rows, np.arange(rows.num_rows)))
    for at, field in enumerate(rows.schema):
        if field.name in emptied:
            instead = pa.array([emptied[field.name]], field.type)
            column = pa.chunked_array([*rows.column(at).chunks, instead], field.type)
            rows = rows.set_column(at, field, column.take(chosen))
    return rows


def redacted_records(batches: Iterator[pa.RecordBatch], forgotten: Forgotten) -> Iterator[pa.RecordBatch]:
    """Raw records, those that hold anything forgotten without key, value and headers."""
    for batch in batches:
        which = marked(batch, forgotten)
        yield from redacted(pa.Table.from_batches([batch]), which, RECORD).combine_chunks().to_batches()


def marked(batch: pa.RecordBatch, forgotten: Forgotten) -> Mask:
    """For each raw record, whether it holds anything forgotten: columns key, value and kafka_timestamp."""
    arrived = microseconds(batch["kafka_timestamp"]).to_pylist()
    records = zip(batch["key"].to_pylist(), batch["value"].to_pylist(), arrived, strict=True)
    return np.array([holds(forgotten, *record) for record in records], np.bool_)
