"""Erasure in silver and the dead-letter table, by delta-rs: scored rows are deleted, rejected ones emptied, and counted in the same commit."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable

from sentistream.lake import changed_days, transactions
from sentistream.lake.conflicts import commit_again
from sentistream.lake.erasure.emptying import empty
from sentistream.lake.erasure.redaction import REJECTED as EMPTIED
from sentistream.lake.erasure.requests import Subjects
from sentistream.lake.lake import Lake
from sentistream.lake.rows import IDENTITY, delete, removal
from sentistream.lake.tables import REJECTED, SCORED, Table

ROWS_PER_COMMIT = 2_000
"""A commit names each of its rows."""
ATTEMPTS = 100
"""Of one commit, beside the merges of a running processor: some minutes."""
PAUSE_SECONDS = 0.1


def forget_scored(lake: Lake, subjects: Subjects, until: datetime) -> int:
    """Delete the tweets, and those that the authors had written until then, looking again until there are none; how many rows the table has ever forgotten."""
    table = lake.require(SCORED)
    by_author = _is_in("author_id", subjects.authors)
    # Where a tweet has no time of its own, its Kafka time stands in.
    written = (ds.field("created_at") <= pa.scalar(until)) | (ds.field("created_at") == ds.field("kafka_timestamp"))
    chosen = _is_in("tweet_id", subjects.tweets) | (by_author & written)
    _until_none(lake, SCORED, table, chosen, [*IDENTITY, "created_at"], delete)
    return _total(table)


def forget_rejected(lake: Lake, subjects: Subjects) -> int:
    """Empty the records of the tweets and of the authors, whenever they came, looking again until there are none; how many the table has ever emptied."""
    table = lake.require(REJECTED)
    keys = [b"%d" % each for each in subjects.tweets]
    chosen = _is_in("tweet_id", subjects.tweets) | _is_in("author_id", subjects.authors)
    chosen |= ds.field("key").isin(pa.array(keys, pa.binary()))
    kept = [field.name for field in table.schema().fields if field.name not in EMPTIED]

    def emptied(table: DeltaTable, rows: pa.Table, counted: CommitProperties) -> None:
        empty(table, rows, EMPTIED, counted)

    _until_none(lake, REJECTED, table, chosen, kept, emptied)
    return _total(table)


def _total(table: DeltaTable) -> int:
    return sum(count for app_id, count in transactions.of(table).items() if app_id.endswith("/forgotten"))


def _is_in(column: str, ids: Iterable[int]) -> ds.Expression:
    return ds.field(column).isin(pa.array(sorted(ids), pa.int64()))


def _until_none(
    lake: Lake,
    name: Table,
    table: DeltaTable,
    chosen: ds.Expression,
    columns: list[str],
    commit: Callable[[DeltaTable, pa.Table, CommitProperties], None],
) -> None:
    def attempt() -> bool:
        """One commit of the next rows; whether there were any."""
        rows = table.to_pyarrow_dataset().scanner(columns=columns, filter=chosen).head(ROWS_PER_COMMIT)
        if rows.num_rows:
            lake.require_room()
            changed = [changed_days.record(lake, table, rows["created_at"])] if name is SCORED else []
            counts = Counter(rows["topic"].to_pylist())
            commit(table, rows, removal(table, "forgotten", "forgotten", counts, changed))
        return bool(rows.num_rows)

    refresh = partial(lake.refresh, name, table)
    again = commit_again(ATTEMPTS, refresh, PAUSE_SECONDS)
    there_may_be_more = True
    while there_may_be_more:
        refresh()
        there_may_be_more = again(attempt)
