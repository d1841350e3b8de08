"""The sink: one scored Arrow table → one commit to each table, by delta-rs, exactly once.

The rejected table commits first and only when it has rows to add; the scored table is the authority and commits last
and always. A row whose offset is not beyond its table's transaction is already there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError

from sentistream.errors import UserError
from sentistream.lake import REJECTED, SCORED, require_table
from sentistream.topic import Topic
from stream_processor import ledger
from stream_processor.ledger import Tally


@dataclass(frozen=True)
class Committed:
    """What one batch added, and the totals it brought the lake to."""

    scored: int
    rejected: int
    totals: Mapping[int, Tally]


class LakeSink:
    """Appends batches to the two tables of one lake, from one topic.

    Raises:
        UserError: the tables are missing, or another writer commits to them.
    """

    def __init__(self, lake_uri: str, topic: Topic) -> None:
        self._topic = topic
        self._scored = require_table(lake_uri, SCORED)
        self._rejected = require_table(lake_uri, REJECTED)
        self._totals = ledger.tallies(self._scored, topic)

    @property
    def totals(self) -> Mapping[int, Tally]:
        """The totals of each partition, as committed."""
        return dict(self._totals)

    @property
    def committed(self) -> dict[int, int]:
        """The last offset of each partition that the scored table holds: a start resumes after it."""
        return {number: tally.last for number, tally in self._totals.items()}

    def append(self, batch: pa.Table) -> Committed:
        """Append one batch: columns of both tables, `reason` null for a scored row.

        Raises:
            UserError: the batch leaves a gap after what the table holds, or another writer was quicker.
        """
        new = _beyond(batch, self.committed)
        rejected = new.filter(pc.is_valid(new["reason"]))
        scored = new.filter(pc.is_null(new["reason"]))
        batch_tallies = _tally(new)
        totals = {**self._totals, **{n: self._continued(n, tally) for n, tally in batch_tallies.items()}}
        if not batch_tallies:
            return Committed(0, 0, self.totals)
        if rejected.num_rows:
            self._commit_rejected(rejected, {n: tally.last for n, tally in batch_tallies.items()})
        changed = {n: totals[n] for n in batch_tallies}
        transactions = ledger.offset_transactions(self._topic, {n: tally.last for n, tally in changed.items()})
        transactions += ledger.total_transactions(self._topic, changed)
        counts = {"scored": scored.num_rows, "rejected": rejected.num_rows, "duplicates": 0}
        _commit(self._scored, scored, transactions, {"batch": counts, "total": ledger.sum_of(totals.values())})
        self._totals = totals
        return Committed(scored.num_rows, rejected.num_rows, self.totals)

    def _continued(self, partition: int, batch: Tally) -> Tally:
        before = self._totals.get(partition)
        return before.plus(batch) if before else batch

    def _commit_rejected(self, rows: pa.Table, last: Mapping[int, int]) -> None:
        # The rejected table may be ahead: it committed, and the process died before the scored table did.
        ahead = _beyond(rows, ledger.committed_offsets(self._rejected, self._topic))
        if ahead.num_rows:
            transactions = ledger.offset_transactions(self._topic, last)
            _commit(self._rejected, ahead, transactions, {"batch": {"rejected": ahead.num_rows}})


def _commit(table: DeltaTable, rows: pa.Table, transactions: list[Transaction], metadata: Mapping[str, object]) -> None:
    properties = CommitProperties(
        custom_metadata={"userMetadata": orjson.dumps(metadata).decode()}, app_transactions=transactions
    )
    shaped = _shaped(rows, table)
    try:
        write_deltalake(table, shaped, mode="append", commit_properties=properties)
    except CommitFailedError as conflict:
        raise UserError(
            f"Another writer committed to {table.table_uri} at the same time ({conflict}): run one processor a lake and topic. "
            "Nothing of this batch was written; a restart resumes where the table ends."
        ) from conflict


def _shaped(rows: pa.Table, table: DeltaTable) -> pa.Table:
    """The table's own columns, in its order and types."""
    schema = pa.schema(table.schema().to_arrow())
    return pa.table([rows[field.name].cast(field.type) for field in schema], schema=schema)


def _beyond(rows: pa.Table, last: Mapping[int, int]) -> pa.Table:
    """Only the rows whose offset is beyond the last one of their partition."""
    if not last:
        return rows
    numbers = pa.array(list(last), rows["partition"].type)
    ends = pa.array(list(last.values()), pa.int64())
    end = pc.take(ends, pc.index_in(rows["partition"], numbers))
    return rows.filter(pc.fill_null(pc.greater(rows["offset"], end), True))


def _tally(rows: pa.Table) -> dict[int, Tally]:
    """Count a batch by partition."""
    flagged = rows.select(["partition", "offset"]).append_column(
        "rejected", pc.cast(pc.is_valid(rows["reason"]), pa.int64())
    )
    grouped = flagged.group_by("partition").aggregate(
        [("offset", "min"), ("offset", "max"), ("offset", "count"), ("rejected", "sum")]
    )
    return {
        row["partition"]: Tally(
            first=row["offset_min"],
            last=row["offset_max"],
            scored=row["offset_count"] - row["rejected_sum"],
            rejected=row["rejected_sum"],
        )
        for row in grouped.to_pylist()
    }
