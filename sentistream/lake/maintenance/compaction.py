"""Compaction and clean-up, safe beside a running stream: each merge is a commit of delta-rs, as the stream's are."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from sentistream.lake.conflicts import is_conflict
from sentistream.lake.maintenance import log_retention, room
from sentistream.lake.maintenance.room import Room
from sentistream.process import disk
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
class Merged:
    """What one round merged in one table."""

    files_merged: int = 0
    files_written: int = 0
    conflicts: int = 0

    def plus(self, other: "Merged") -> "Merged":
        """Both together."""
        return Merged(
            self.files_merged + other.files_merged,
            self.files_written + other.files_written,
            self.conflicts + other.conflicts,
        )


def compact(table: DeltaTable) -> Merged:
    """Merge small files in size tiers, in the open partition too.

    A conflict with another maintenance commit is counted, and left to the next round.

    Raises:
        DiskError: the disk has no room for the files of a merge beside those that they replace.
    """
    merged = written = conflicts = 0
    [column] = table.metadata().partition_columns
    for date, tier, size in list(_due(table, column)):
        disk.require_room(log_retention.folder_of(table), size)
        try:
            metrics = table.optimize.compact(
                partition_filters=[(column, "=", date)], target_size=tier.size, max_concurrent_tasks=1
            )
        except DeltaError as error:
            if not is_conflict(error):
                raise
            conflicts += 1
            table.update_incremental()
            continue
        merged += int(metrics["numFilesRemoved"])
        written += int(metrics["numFilesAdded"])
    return Merged(merged, written, conflicts)


def _due(table: DeltaTable, column: str) -> Iterator[tuple[str, Tier, int]]:
    """Partitions with a tier that is full, those of earlier days with any two files to merge; and the bytes of these files."""
    adds = pa.table(table.get_add_actions(flatten=True))
    if not adds.num_rows:
        return
    today = datetime.now(UTC).date().isoformat()
    small: Counter[tuple[str, Tier]] = Counter()
    bytes_of: Counter[tuple[str, Tier]] = Counter()
    for date, size in zip(adds[f"partition.{column}"].to_pylist(), adds["size_bytes"].to_pylist(), strict=True):
        for tier in TIERS:
            # Two files of more than half of it would not fit into one: they are the next tier's.
            if size < tier.size / 2:
                small[str(date), tier] += 1
                bytes_of[str(date), tier] += size
                break
    for (date, tier), count in sorted(small.items(), key=lambda item: (item[0][0], item[0][1].size)):
        if count >= tier.count or (date < today and count > 1):
            yield date, tier, bytes_of[date, tier]


def clean(table: DeltaTable, kept_commits: int = LOG_KEPT_COMMITS) -> Room:
    """Make room, and write a checkpoint of the log."""
    made = room.make(table, kept_commits)
    return replace(made, log_entries=made.log_entries + log_retention.renew(table, kept_commits))
