"""Keeps a table's log short: delta-rs lists the whole log folder of a local table at each commit, some 15 µs a file.

What a version before the oldest kept one needs is deleted, so this bounds time travel. On an object store, where a listing begins at
the version asked for, the log is left to the table's own retention (`maintenance.clean`).
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from sentistream.lake.tables import RAW, Table
from sentistream.process import disk
from sentistream.settings import LOG_CHECKPOINT_COMMITS, LOG_KEPT_COMMITS

if TYPE_CHECKING:
    from deltalake import DeltaTable
OF_BRONZE = 10
"""So many times as many versions of bronze: each holds records of one partition, one of silver those of all."""
ENTRY = re.compile(r"\.?(\d{20})\.(?:json|crc|checkpoint\.parquet|json\.crc|checkpoint\.parquet\.crc)$")


def versions(table: Table, kept: int) -> int:
    """How many versions of a table stay readable where of silver so many do."""
    return kept * OF_BRONZE if table == RAW else kept


def checkpoint(table: "DeltaTable", last: int) -> int:
    """Write a checkpoint of the log where `last`, the version of the one before, is long ago; the version of the latest."""
    if table.version() - last < LOG_CHECKPOINT_COMMITS:
        return last
    table.create_checkpoint()
    return int(table.version())


def renew(table: "DeltaTable", kept: int = LOG_KEPT_COMMITS) -> int:
    """Write a checkpoint of the log, and delete the entries that it makes dispensable; how many of a local table's.

    Raises:
        DiskError: the disk has no room for a checkpoint.
    """
    disk.require_room(folder_of(table), 0)
    table.create_checkpoint()
    table.cleanup_metadata()
    return shorten(table, kept)


def shorten(table: "DeltaTable", kept: int = LOG_KEPT_COMMITS) -> int:
    """Delete the entries of a local table's log that the last `kept` versions don't need; how many."""
    doomed = unneeded(table, kept)
    for file in doomed:
        file.unlink(missing_ok=True)
    return len(doomed)


def unneeded(table: "DeltaTable", kept: int = LOG_KEPT_COMMITS) -> list[Path]:
    """The entries of a local table's log that the last `kept` versions don't need; none on an object store."""
    folder = folder_of(table)
    if folder is None:
        return []
    versions = {file: int(entry[1]) for file in (folder / "_delta_log").iterdir() if (entry := ENTRY.match(file.name))}
    checkpoints = [number for file, number in versions.items() if file.name.endswith(".checkpoint.parquet")]
    oldest = max((number for number in checkpoints if number <= table.version() - kept), default=0)
    return [file for file, number in versions.items() if number < oldest]


def folder_of(table: "DeltaTable") -> Path | None:
    """Where a table of this machine's disk lies; delta-rs gives its place as a URI with escapes."""
    place = urlparse(table.table_uri)
    return Path(unquote(place.path)) if place.scheme in ("", "file") else None
