"""Retention in bronze: drops whole days of `raw_tweets`, by a commit that rewrites no file and says from where on the table is complete.

The caller holds the lock of the tables kept beside the stream.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from deltalake import CommitProperties, DeltaTable, Transaction

from sentistream.lake import holes, transactions
from sentistream.lake.holes import Holes
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
            custom_metadata=said_of_removal("retired", rows), app_transactions=list(_moved(raw, last))
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


def _moved(raw: DeltaTable, gone: Mapping[Partition, int]) -> Iterator[Transaction]:
    """The transactions that say from which offset on a partition is complete once its rows up to one are gone, and which holes it has from there on."""
    of_table = transactions.of(raw)
    ids = {app_id: (found["topic"], int(found["number"])) for app_id in of_table if (found := OFFSET.fullmatch(app_id))}
    lives = Counter(ids.values())
    for app_id, partition in ids.items():
        reached, first = gone.get(partition), of_table.get(f"{app_id}/first")
        # Of a topic that was re-created, the offsets of another of its lives may go further.
        if reached is None or first is None or first >= (beyond := min(reached, of_table[app_id]) + 1):
            continue
        yield Transaction(f"{app_id}/first", beyond)
        known = holes.of(raw, app_id)
        # And which of them an offset is of, it does not say: the holes stay counted, as what may be missing.
        if known.count and lives[partition] == 1:
            yield from holes.transactions(known.without(_holes_before(raw, partition, first, beyond)), app_id)


def _holes_before(raw: DeltaTable, partition: Partition, first: int, beyond: int) -> Holes:
    """The holes between two offsets, by the rows that are there."""
    topic, number = partition
    of_partition = (pc.field("topic") == topic) & (pc.field("partition") == number)
    within = of_partition & (pc.field("offset") >= first) & (pc.field("offset") < beyond)
    rows = total = 0
    for batch in raw.to_pyarrow_dataset().to_batches(columns=["offset"], filter=within):
        rows += batch.num_rows
        total += pc.sum(batch["offset"].cast(pa.decimal128(38))).as_py() or 0
    every = holes.NONE.plus([(first, beyond)])
    return every.without(Holes(rows, int(total)))
