"""Keeps a table's log short: delta-rs lists the whole log folder of a local table at each commit, some 15 µs a file.

What a version before the oldest kept one needs is deleted, so this bounds time travel. On an object store, where a listing begins at
the version asked for, the log is left to the table's own retention (`maintenance.clean`).
"""

import re
from pathlib import Path

from deltalake import DeltaTable

CHECKPOINT_EVERY = 100
"""Commits between two checkpoints of the log."""
KEPT_COMMITS = 200
"""Versions that stay readable: a minute of a busy stream, and 3 ms of each commit."""
ENTRY = re.compile(r"\.?(\d{20})\.(?:json|crc|checkpoint\.parquet|json\.crc|checkpoint\.parquet\.crc)$")


def shorten(table: DeltaTable, kept: int = KEPT_COMMITS) -> int:
    """Write a checkpoint where one is due and delete the entries that the last `kept` versions don't need; how many."""
    folder = _log_folder(table)
    if folder is None:
        return 0
    versions = {file.name: int(found[1]) for file in folder.iterdir() if (found := ENTRY.match(file.name))}
    checkpoints = [number for name, number in versions.items() if name.endswith(".checkpoint.parquet")]
    if table.version() - max(checkpoints, default=0) >= CHECKPOINT_EVERY:
        table.create_checkpoint()
    oldest = max((number for number in checkpoints if number <= table.version() - kept), default=0)
    doomed = [name for name, number in versions.items() if number < oldest]
    for name in doomed:
        (folder / name).unlink(missing_ok=True)
    return len(doomed)


def _log_folder(table: DeltaTable) -> Path | None:
    """The log of a table on this machine's disk."""
    uri = table.table_uri
    if "://" in uri and not uri.startswith("file://"):
        return None
    return Path(uri.removeprefix("file://")) / "_delta_log"
