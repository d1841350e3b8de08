"""Upkeep of the tables that delta-rs commits to, safe beside a running stream: each step is a commit of the same engine."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError

from sentistream.lake.maintenance import log_retention
from sentistream.settings import LOG_KEPT_COMMITS

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Tier:
    """Files of up to half of `size` bytes are merged into files of up to that size once there are `count` of them."""

    size: int
    count: int


TIERS = (Tier(MEBIBYTE, 32), Tier(8 * MEBIBYTE, 8), Tier(128 * MEBIBYTE, 8))
"""Bounds a partition to some 50 small files beside its full ones; each row is rewritten three times in all.

The first is so small because the commits of the stream wait for a core meanwhile: the less is merged at once, the less they feel it.
"""
IDENTITY = ("tweet_id", "topic", "partition", "offset", "kafka_timestamp")
"""What tells a scored row from any other: a tweet may be there twice (late duplicates), an offset too (a topic that was re-created)."""
KEPT_HOURS = 2
"""How long removed files stay for readers of older versions, as `delta.deletedFileRetentionDuration` says."""


@dataclass(frozen=True)
class Report:
    """What one round did to one table."""

    table: str
    files_merged: int = 0
    files_written: int = 0
    files_deleted: int = 0
    log_entries_deleted: int = 0
    late_duplicates: int = 0
    conflicts: int = 0


def compact(table: DeltaTable) -> Report:
    """Merge small files in size tiers, in the open partition too.

    A conflict with another maintenance commit is counted, and left to the next round.
    """
    merged = written = conflicts = 0
    for date, tier in list(_due(table)):
        try:
            metrics = table.optimize.compact(
                partition_filters=[("ingest_date", "=", date)], target_size=tier.size, max_concurrent_tasks=1
            )
        except DeltaError as error:
            require_conflict(error)
            conflicts += 1
            table.update_incremental()
            continue
        merged += int(metrics["numFilesRemoved"])
        written += int(metrics["numFilesAdded"])
    return Report(table.table_uri, files_merged=merged, files_written=written, conflicts=conflicts)


def _due(table: DeltaTable) -> Iterator[tuple[str, Tier]]:
    """Partitions with a tier that is full; those of earlier days with any two files to merge."""
    adds = pa.table(table.get_add_actions(flatten=True))
    if not adds.num_rows:
        return
    today = datetime.now(UTC).date().isoformat()
    small: Counter[tuple[str, Tier]] = Counter()
    for date, size in zip(adds["partition.ingest_date"].to_pylist(), adds["size_bytes"].to_pylist(), strict=True):
        for tier in TIERS:
            # Two files of more than half of it would not fit into one: they are the next tier's.
            if size < tier.size / 2:
                small[str(date), tier] += 1
                break
    for (date, tier), count in sorted(small.items(), key=lambda item: (item[0][0], item[0][1].size)):
        if count >= tier.count or (date < today and count > 1):
            yield date, tier


def require_conflict(error: DeltaError) -> None:
    """Raise what is no conflict: one with another commit, or so many commits since that their log entries are gone."""
    if not isinstance(error, CommitFailedError) and "Invalid table version" not in str(error):
        raise error


def clean(table: DeltaTable, kept_commits: int = LOG_KEPT_COMMITS) -> Report:
    """Delete files that no kept version names, write a log checkpoint, and delete log entries past their retention."""
    deleted = table.vacuum(retention_hours=KEPT_HOURS, dry_run=False)
    table.create_checkpoint()
    table.cleanup_metadata()
    entries = log_retention.shorten(table, kept_commits)
    return Report(table.table_uri, files_deleted=len(deleted), log_entries_deleted=entries)


def remove_late_duplicates(table: DeltaTable, attempts: int = 5) -> Report:
    """Remove late duplicates, beginning anew where another commit came in between."""
    for conflicts in range(attempts):
        try:
            removed = _remove_late_duplicates(table)
        except DeltaError as error:
            require_conflict(error)
            table.update_incremental()
            continue
        return Report(table.table_uri, late_duplicates=removed, conflicts=conflicts)
    return Report(table.table_uri, conflicts=attempts)


def _remove_late_duplicates(table: DeltaTable) -> int:
    """Keep the first row of each tweet id in the whole scored table; what the stream's window can't see goes here.

    The rows removed are counted in the commit that removes them: the transaction `<topic>/removed` is their running number.
    """
    rows = table.to_pyarrow_dataset().to_table(columns=list(IDENTITY))
    rows = rows.sort_by([("kafka_timestamp", "ascending"), ("partition", "ascending"), ("offset", "ascending")])
    _, first = np.unique(rows["tweet_id"].to_numpy(), return_index=True)
    late = np.ones(rows.num_rows, dtype=np.bool_)
    late[first] = False
    doomed = rows.filter(pa.array(late))
    if not doomed.num_rows:
        return 0
    counts = Counter(doomed["topic"].to_pylist())
    removed = {topic: (table.transaction_version(f"{topic}/removed") or 0) + count for topic, count in counts.items()}
    properties = CommitProperties(
        custom_metadata={"userMetadata": orjson.dumps({"removed": {"late_duplicates": doomed.num_rows}}).decode()},
        app_transactions=[Transaction(f"{topic}/removed", total) for topic, total in removed.items()],
    )
    delete(table, doomed, properties)
    return int(doomed.num_rows)


def delete(table: DeltaTable, rows: pa.Table, properties: CommitProperties) -> None:
    """Delete rows of the scored table, given by their `IDENTITY`, in one commit.

    Raises:
        DeltaError: another commit came in between.
    """
    same_row = " AND ".join(f"t.{name} = s.{name}" for name in IDENTITY)
    merger = table.merge(
        rows.select(IDENTITY),
        same_row,
        source_alias="s",
        target_alias="t",
        streamed_exec=False,
        commit_properties=properties,
    )
    merger.when_matched_delete().execute()


def coordinates(rows: pa.Table) -> Iterator[str]:
    """Predicates that name rows by topic, partition, offset and Kafka time; topic names hold no quote (Kafka allows [a-zA-Z0-9._-])."""
    for topic in pc.unique(rows["topic"]).to_pylist():
        within = rows.filter(pc.equal(rows["topic"], topic))
        for number in pc.unique(within["partition"]).to_pylist():
            of_partition = within.filter(pc.equal(within["partition"], number))
            offsets = ", ".join(map(str, of_partition["offset"].to_pylist()))
            # Of a topic that was re-created, an offset means another record at another time.
            times = pc.unique(of_partition["kafka_timestamp"]).cast(pa.timestamp("us", tz="UTC")).to_pylist()
            named = ", ".join(f"'{time.isoformat(timespec='microseconds')}'" for time in times)
            yield f"(topic = '{topic}' AND partition = {number} AND offset IN ({offsets}) AND kafka_timestamp IN ({named}))"
