"""Retention in bronze: drops whole days of `raw_tweets`, by a commit that rewrites no file and says from where on the table is complete.

The caller holds the lock of the tables kept beside the stream.
"""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from deltalake import CommitProperties, DeltaTable, Transaction

from sentistream.lake import transactions
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import retention
from sentistream.lake.maintenance.retention import OFFSET
from sentistream.lake.rows import said_of_removal
from sentistream.lake.tables import RAW

log = structlog.get_logger()
Partition = tuple[str, int]
"""Topic and number."""


def drop_raw(lake: Lake, before: date | None) -> int:
    """Drop the days before one, and move `…/first` of each partition beyond what they hold, in one commit; how many days."""
    raw = lake.open(RAW)
    days = retention.due(raw, before) if raw is not None else []
    if raw is None or before is None or not days:
        return 0
    last, rows = _held_before(raw, before)
    raw.delete(
        f"ingest_date < '{before}'",
        commit_properties=CommitProperties(
            custom_metadata=said_of_removal("retired", rows),
            app_transactions=[Transaction(name, offset) for name, offset in _beginnings(raw, last).items()],
        ),
    )
    log.info("dropped", table=RAW.name, days=len(days), before=str(before))
    return len(days)


def _held_before(raw: DeltaTable, before: date) -> tuple[dict[Partition, int], int]:
    """The last offset of each partition in the days before one, and how many rows these hold."""
    last: dict[Partition, int] = {}
    rows = 0
    batches = raw.to_pyarrow_dataset().to_batches(
        columns=["topic", "partition", "offset"], filter=pc.field("ingest_date") < before
    )
    for batch in batches:
        rows += batch.num_rows
        for part in (
            pa.Table.from_batches([batch]).group_by(["topic", "partition"]).aggregate([("offset", "max")]).to_pylist()
        ):
            of = part["topic"], part["partition"]
            last[of] = max(last.get(of, -1), part["offset_max"])
    return last, rows


def _beginnings(raw: DeltaTable, gone: Mapping[Partition, int]) -> dict[str, int]:
    """The transactions that say from which offset on a partition is complete once its rows up to one are gone."""
    of_table = transactions.of(raw)
    moved: dict[str, int] = {}
    for app_id, last in of_table.items():
        partition = OFFSET.fullmatch(app_id)
        reached = gone.get((partition["topic"], int(partition["number"]))) if partition is not None else None
        first = of_table.get(f"{app_id}/first")
        # Of a topic that was re-created, the offsets of another of its lives may go further.
        if reached is not None and first is not None and first < (beyond := min(reached, last) + 1):
            moved[f"{app_id}/first"] = beyond
    return moved
