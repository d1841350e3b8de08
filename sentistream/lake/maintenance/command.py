"""`sentistream lake maintain`: what deletes comes first, in every table, so that a full disk has room for the rest; a table that fails does not hold up the next."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated

import typer
from rich.table import Column
from rich.table import Table as Shown

from sentistream import terminal
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, late_duplicates, log_retention, retention, room
from sentistream.lake.maintenance.compaction import Merged
from sentistream.lake.maintenance.late_duplicates import Removed
from sentistream.lake.maintenance.retention import Retired
from sentistream.lake.maintenance.room import Room
from sentistream.lake.schema import migrate
from sentistream.lake.tables import EVERY, REJECTED, SCORED, TABLES, Table
from sentistream.options import with_settings
from sentistream.process import disk
from sentistream.settings import RetentionSettings

COLUMNS = ("days", "merged", "into", "deleted", "log", "freed bytes", "late", "reused", "conflicts")
RemoveLate = Annotated[
    bool,
    typer.Option(
        "--late-duplicates", envvar="LATE_DUPLICATES", help="Also remove later rows of a tweet, over the whole table."
    ),
]


@dataclass
class Done:
    """What was done to one table."""

    room: Room = field(default_factory=Room)
    retired: Retired = field(default_factory=Retired)
    merged: Merged = field(default_factory=Merged)
    late: Removed = field(default_factory=Removed)

    def counts(self) -> tuple[int, ...]:
        """In the order of `COLUMNS`."""
        merged, conflicts = self.merged, self.merged.conflicts + self.retired.conflicts + self.late.conflicts
        made = (self.room.files, self.room.log_entries, self.room.bytes)
        return (
            self.retired.days, merged.files_merged, merged.files_written, *made, self.late.rows, self.late.reused, conflicts
        )  # fmt: skip


@with_settings(RetentionSettings, "lake_uri")
def maintain(settings: RetentionSettings, remove_late: RemoveLate = False) -> None:
    """Make room, merge small files, delete and drop what is past its retention; safe beside a running processor."""
    lake = Lake.at(settings.lake_uri)
    # One that can't be read at all says so when its turn comes.
    migrate.require_not_newer(lake, tuple(lake.opened()))
    round_ = Round(lake, settings)
    round_.run(remove_late)
    shown = Shown(Column("table", no_wrap=True), *COLUMNS)
    for table, done in round_.done.items():
        shown.add_row(table.name, *(f"{count:,}" for count in done.counts()))
    if round_.done:
        terminal.console().print(shown)
    raise typer.Exit(1 if round_.has_failed else 0)


class Round:
    """One round over a lake's tables; what fails is said, and the next table's turn comes."""

    def __init__(self, lake: Lake, settings: RetentionSettings) -> None:
        self._lake = lake
        self._settings = settings
        self.done: dict[Table, Done] = {}
        self.has_failed = False

    def run(self, remove_late: bool = False) -> None:
        """Do all of it: what needs no room first."""
        self._make_room()
        self._retire()
        self._merge(remove_late)

    def _make_room(self) -> None:
        """Delete what nothing needs, in every table that there is and that may be deleted from."""
        for table in EVERY:
            with self._going_on(table):
                handle = self._lake.require(table) if table in TABLES else self._lake.open(table)
                if handle is not None:
                    self.done[table] = Done(
                        room.make(handle, log_retention.versions(table, self._settings.log_kept_commits))
                    )

    def _retire(self) -> None:
        """Drop the days that are past their retention."""
        kept = {REJECTED: self._settings.rejected_kept_days, SCORED: self._settings.silver_kept_days}
        for table, retire in ((REJECTED, retention.retire_rejected), (SCORED, retention.retire_scored)):
            if table in self.done:
                with self._going_on(table):
                    self.done[table].retired = retire(self._lake, retention.first_kept(kept[table]))

    def _merge(self, remove_late: bool) -> None:
        """Shorten the logs by a checkpoint, and merge small files."""
        for table in TABLES:
            if table not in self.done:
                continue
            done = self.done[table]
            with self._going_on(table):
                handle = self._lake.require(table)
                entries = log_retention.renew(handle, self._settings.log_kept_commits)
                done.room = replace(done.room, log_entries=done.room.log_entries + entries)
                if remove_late and table is SCORED:
                    done.late = late_duplicates.remove(self._lake, handle)
                done.merged = compaction.compact(handle)

    @contextmanager
    def _going_on(self, table: Table) -> Iterator[None]:
        try:
            yield
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as failure:  # a panic of delta-rs, which is no Exception, too: the next table may be well
            self.has_failed = True
            why = disk.told(failure, self._lake.places)
            sys.stderr.write(terminal.shown(f"error: {table}: {why}") + "\n")
