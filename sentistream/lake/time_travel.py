"""Time travel: the tables as of a time, or of a version of the scored table."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

import orjson
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileSelector, PyFileSystem

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.tables import FILES_KEPT_HOURS, SCORED, Table

ENTRY = re.compile(r"(\d{20})\.(json|checkpoint\.parquet)")
GONE = -1
"""The time of a commit whose entry was deleted while we were looking."""


def as_of(lake: Lake, when: str) -> dict[Table, DeltaTable]:
    """Each table's newest version at or before a time; one that was not there yet is left out.

    Args:
        lake: where the tables lie.
        when: an ISO time (UTC where it names no zone), or a version of the scored table, which stands for the time of its commit.

    Raises:
        UserError: it is neither, it lies before what a table's log still holds, or there was no scored table.
    """
    logs = {table: _Log.read(str(table), handle) for table, handle in lake.opened().items()}
    if SCORED not in logs:
        lake.require(SCORED)
    if when.isdecimal():
        scored = int(when)
        moment = logs[SCORED].require(scored)
        # Of two commits in one millisecond, the time would name the later one.
        versions = {table: scored if table == SCORED else log.at(moment) for table, log in logs.items()}
    else:
        moment = _parsed(when)
        versions = {table: log.at(moment) for table, log in logs.items()}
    if versions[SCORED] is None:
        raise UserError(f"{SCORED} was not there yet at {written(moment)}.")
    try:
        return {table: lake.open_version(table, v) for table, v in versions.items() if v is not None}
    except DeltaError as gone:
        raise UserError(f"The log has just been shortened beyond {when}: take a later time.") from gone


def require_files(tables: Mapping[Table, DeltaTable]) -> None:
    """Make sure that rows can be read: a version stays in the log for longer than the files that it names.

    Raises:
        UserError: some are deleted.
    """
    for table, handle in tables.items():
        listed = _files(handle).get_file_info(FileSelector("", recursive=True))
        there = {file.path for file in listed}
        named = map(unquote, pa.table(handle.get_add_actions(flatten=True))["path"].to_pylist())
        if any(path not in there for path in named):
            raise UserError(
                f"Version {handle.version()} of {table} can't be read any more: its files were merged into "
                f"others, and deleted {FILES_KEPT_HOURS} hours later. `lake show --as-of` still counts its rows."
            )


@dataclass(frozen=True)
class _Log:
    """A table's log: the versions from `earliest` to `latest` can be had."""

    name: str
    files: PyFileSystem
    earliest: int
    latest: int

    @classmethod
    def read(cls, name: str, handle: DeltaTable) -> "_Log":
        files = _files(handle)
        names = [file.base_name for file in files.get_file_info(FileSelector("_delta_log"))]
        entries = [entry for each in names if (entry := ENTRY.fullmatch(each)) is not None]
        # A version is the newest checkpoint before it and the commits since, or all commits since the first.
        starts = [int(entry[1]) for entry in entries if entry[2] != "json" or int(entry[1]) == 0]
        return cls(name, files, min(starts, default=handle.version()), handle.version())

    def at(self, moment: int) -> int | None:
        """The newest version at or before a time; None where the table was not there yet.

        Raises:
            UserError: the log no longer reaches back so far.
        """
        versions = range(self.earliest, self.latest + 1)
        after = bisect_right(versions, moment, key=self.committed_at)
        if after:
            return versions[after - 1]
        if self.earliest == 0:
            return None
        raise UserError(self._too_early(written(moment)))

    def require(self, version: int) -> int:
        """When a version was committed.

        Raises:
            UserError: there is no such version, or no longer.
        """
        if version > self.latest:
            raise UserError(
                f"{self.name} has come to version {self.latest}; there is no version {version}.", exit_code=2
            )
        moment = GONE if version < self.earliest else self.committed_at(version)
        if moment == GONE:
            raise UserError(self._too_early(f"version {version}"))
        return moment

    def committed_at(self, version: int) -> int:
        """In milliseconds since 1970, as the commit says itself."""
        try:
            with self.files.open_input_stream(f"_delta_log/{version:020d}.json") as entry:
                actions = [orjson.loads(line) for line in entry.read().splitlines() if line]
        except FileNotFoundError:
            return GONE
        return max((int(each["commitInfo"]["timestamp"]) for each in actions if "commitInfo" in each), default=GONE)

    def _too_early(self, what: str) -> str:
        back = f"version {self.earliest}, of {written(self.committed_at(self.earliest))}"
        return f"{self.name} goes back to {back}: {what} lies before that (docs/time-travel.md)."


def _files(handle: DeltaTable) -> PyFileSystem:
    return PyFileSystem(DeltaStorageHandler.from_table(handle._table))


def _parsed(when: str) -> int:
    """Milliseconds since 1970."""
    try:
        moment = datetime.fromisoformat(when)
    except ValueError as wrong:
        words = f"{when}: give a version of {SCORED.name}, or a time like 2026-01-31T13:05:00Z."
        raise UserError(words, exit_code=2) from wrong
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def written(moment: int) -> str:
    """Milliseconds since 1970 as an ISO time in UTC."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
