"""Compaction, vacuum and the removal of late duplicates, safe beside a running stream: each step is a commit of delta-rs, as the stream's are."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from sentistream.lake.conflicts import is_conflict
from sentistream.lake.maintenance import log_retention
from sentistream.lake.tables import FILES_KEPT_HOURS, ORPHANS_KEPT_HOURS
from sentistream.settings import LOG_KEPT_COMMITS

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Tier:
    """Files of up to half of `size` bytes are merged into files of up to that size once there are `count` of them."""

    size: int
    count: int


FULL_FILE = 128 * MEBIBYTE
"""Bytes of a file that is merged no further."""
TIERS = (Tier(MEBIBYTE, 32), Tier(8 * MEBIBYTE, 8), Tier(FULL_FILE, 8))
"""Bounds a partition to some 50 small files beside its full ones; each row is rewritten three times in all.

The first is so small because the commits of the stream wait for a core meanwhile: the less is merged at once, the less they feel it.
"""


@dataclass(frozen=True)
class Report:
    """What one round did to one table."""

    table: str
    files_merged: int = 0
    files_written: int = 0
    files_deleted: int = 0
    log_entries_deleted: int = 0
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
            if not is_conflict(error):
                raise
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


def clean(table: DeltaTable, kept_commits: int = LOG_KEPT_COMMITS) -> Report:
    """Delete files that no kept version names and those of killed commits, write a log checkpoint, and delete log entries past their retention."""
    deleted = table.vacuum(retention_hours=FILES_KEPT_HOURS, dry_run=False)
    # Of the files that the log never named, or names no longer, only a full look knows.
    deleted += table.vacuum(retention_hours=ORPHANS_KEPT_HOURS, dry_run=False, full=True)
    table.create_checkpoint()
    table.cleanup_metadata()
    entries = log_retention.shorten(table, kept_commits)
    return Report(table.table_uri, files_deleted=len(deleted), log_entries_deleted=entries)
