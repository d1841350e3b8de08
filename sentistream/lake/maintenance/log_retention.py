"""Keeps a table's log short: delta-rs lists the whole log folder of a local table at each commit, some 15 µs a file.

What a version before the oldest kept one needs is deleted, so this bounds time travel. On an object store, where a listing begins at
the version asked for, the log is left to the table's own retention (`maintenance.clean`).
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from sentistream.settings import LOG_CHECKPOINT_COMMITS, LOG_KEPT_COMMITS

if TYPE_CHECKING:
    from deltalake import DeltaTable
ENTRY = re.compile(r"\.?(\d{20})\.(?:json|crc|checkpoint\.parquet|json\.crc|checkpoint\.parquet\.crc)$")


def checkpoint(table: "DeltaTable", last: int) -> int:
    """Write a checkpoint of the log where `last`, the version of the one before, is long ago; the version of the latest."""
    if table.version() - last < LOG_CHECKPOINT_COMMITS:
        return last
    table.create_checkpoint()
    return int(table.version())


def shorten(table: "DeltaTable", kept: int = LOG_KEPT_COMMITS) -> int:
    """Delete the entries of a local table's log that the last `kept` versions don't need; how many."""
    folder = _log_folder(table)
    if folder is None:
        return 0
    versions = {file.name: int(entry[1]) for file in folder.iterdir() if (entry := ENTRY.match(file.name))}
    checkpoints = [number for name, number in versions.items() if name.endswith(".checkpoint.parquet")]
    oldest = max((number for number in checkpoints if number <= table.version() - kept), default=0)
    doomed = [name for name, number in versions.items() if number < oldest]
    for name in doomed:
        (folder / name).unlink(missing_ok=True)
    return len(doomed)


def _log_folder(table: "DeltaTable") -> Path | None:
    """The log of a table on this machine's disk; delta-rs gives its place as a URI with escapes."""
    place = urlparse(table.table_uri)
    return Path(unquote(place.path)) / "_delta_log" if place.scheme in ("", "file") else None
