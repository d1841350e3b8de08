"""Makes room on a table's disk: deletes the files and log entries that nothing needs any longer, and commits nothing, so that it works where no byte is free."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deltalake import DeltaTable

from sentistream.lake.maintenance import log_retention
from sentistream.lake.tables import FILES_KEPT_HOURS, ORPHANS_KEPT_HOURS
from sentistream.settings import LOG_KEPT_COMMITS


@dataclass(frozen=True)
class Room:
    """What was deleted."""

    files: int = 0
    log_entries: int = 0
    bytes: int = 0
    """Of both; unknown, and 0, on an object store."""


def make(table: DeltaTable, kept_commits: int = LOG_KEPT_COMMITS) -> Room:
    """Delete what no kept version names, what killed commits left behind, and log entries past their retention; whichever engine commits to the table."""
    folder = log_retention.folder_of(table)
    if folder is None:
        return Room(len(_unneeded(table, dry_run=False)))
    # delta-rs's own deletion begins and ends with a commit, which a full disk has no room for.
    files, size = _delete(folder / name for name in _unneeded(table, dry_run=True))
    entries, of_entries = _delete(log_retention.unneeded(table, kept_commits))
    return Room(files, entries, size + of_entries)


def _unneeded(table: DeltaTable, dry_run: bool) -> list[str]:
    """The files, relative to the table's folder; deleted already where it is not a dry run."""
    expired = table.vacuum(retention_hours=FILES_KEPT_HOURS, dry_run=dry_run)
    # Of the files that the log never named, or names no longer, only a full look knows.
    orphans = table.vacuum(retention_hours=ORPHANS_KEPT_HOURS, dry_run=dry_run, full=True)
    return list(dict.fromkeys([*expired, *orphans]))


def _delete(files: Iterable[Path]) -> tuple[int, int]:
    """How many, and their bytes; what another process deletes at the same time is its own."""
    count = size = 0
    for file in files:
        try:
            held = file.stat().st_size
            file.unlink()
        except FileNotFoundError:
            continue
        count, size = count + 1, size + held
    return count, size
