"""Reads the scored table file by file, in Kafka time, with bounded memory."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import reduce
from operator import and_
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from sentistream.contracts.model_version import ModelVersion

BATCH_ROWS = 50_000
READAHEAD = 2
"""Batches that are read while one is scored; each costs memory."""


def scored_by_another(model: ModelVersion) -> pc.Expression:
    """What must hold of a row that a version has not scored."""
    return (pc.field("model_version") != model.version) | (pc.field("model_name") != model.name)


def days(table: DeltaTable) -> list[date]:
    """The partitions of the table, the earliest first."""
    adds = pa.table(table.get_add_actions(flatten=True))
    return sorted(set(adds["partition.ingest_date"].to_pylist())) if adds.num_rows else []


def count(table: DeltaTable, wanted: Sequence[pc.Expression]) -> int:
    """How many rows are wanted."""
    rows = table.to_pyarrow_dataset().count_rows(filter=reduce(and_, wanted) if wanted else None)
    return int(rows)


def read(table: DeltaTable, day: date, columns: list[str], wanted: Sequence[pc.Expression]) -> Iterator[pa.Table]:
    """The wanted rows of one day as of the handle's version, in tables of at most `BATCH_ROWS`, files in the order of Kafka time."""
    condition = reduce(and_, wanted, pc.field("ingest_date") == pa.scalar(day))
    adds = pa.table(table.get_add_actions(flatten=True))
    firsts = dict(zip(map(unquote, adds["path"].to_pylist()), adds["min.kafka_timestamp"].to_pylist(), strict=True))
    dataset = table.to_pyarrow_dataset()
    unknown = datetime.min.replace(tzinfo=UTC)
    fragments = list(dataset.get_fragments(filter=condition))
    for fragment in sorted(fragments, key=lambda each: firsts.get(unquote(each.path)) or unknown):
        batches = fragment.to_batches(
            schema=dataset.schema,
            columns=columns,
            filter=condition,
            batch_size=BATCH_ROWS,
            batch_readahead=READAHEAD,
        )
        for batch in batches:
            if batch.num_rows:
                yield pa.Table.from_batches([batch])
