"""Follows silver's log commit by commit, from a start that reads the last 15 minutes; it never writes, and may start over at any time."""

import threading
import time
from collections.abc import Callable, Sequence
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileSelector, FileSystem, LocalFileSystem, PyFileSystem, SubTreeFileSystem

from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from web_service.feed import commits, newest, window
from web_service.feed.commits import Added, Commit
from web_service.feed.latency import Latency
from web_service.feed.newest import Newest
from web_service.feed.window import Window

AT_ONCE = 32
"""Commits that are read before what they bring is told."""
VERIFY_SECONDS = 2.0
"""Without a commit: whether the table is still the same one, and whether its log was shortened beyond us."""
TELL_SECONDS = 1.0
"""While the last 15 minutes are read."""

SCHEMA = pa.schema(
    {
        "tweet_id": pa.int64(),
        "text": pa.string(),
        "lang": pa.string(),
        "sentiment": pa.string(),
        "p_positive": pa.float64(),
        "model_name": pa.string(),
        "model_version": pa.int32(),
        "kafka_timestamp": pa.timestamp("us", "UTC"),
        "partition": pa.int32(),
        "offset": pa.int64(),
    }
)
"""What is read of silver's files, whatever types their writers chose."""


class Follower:
    """What silver's last 15 minutes hold, as of `version`; of one thread.

    Args:
        uri: LAKE_URI.
        ended: set once the service ends.
    """

    def __init__(self, uri: str, ended: threading.Event) -> None:
        self._uri = uri
        self._ended = ended
        self._table: DeltaTable | None = None
        self._verified = 0.0
        self._stamp: tuple[int, int | None] | None = None
        """When the log's newest entry was written, where that was looked at."""
        self.version = -1
        self.committed_us = 0
        self.window = Window()
        self.newest = Newest()
        self.latency = Latency()

    def read_on(self, tell: Callable[[str], None]) -> tuple[bool, bool]:
        """Read the commits since the last call, at most some.

        Args:
            tell: is given a sentence while the start takes long.

        Returns:
            Whether anything has changed, and whether rows that were told of may be gone.

        Raises:
            UserError: there is no table, or it can't be followed.
        """
        if self._table is None:
            self._begin(tell)
            return True, True
        is_changed = rows_gone = False
        for _ in range(AT_ONCE):
            commit = commits.read(self._files, self.version + 1)
            if commit is None:
                break
            try:
                rows_gone |= self._apply(commit)
            except FileNotFoundError:
                # Merged into others, and deleted, before it was read here.
                self._table = None
            if commit.changes_table:
                self._table = None
            if self._table is None:
                # The next call begins anew, and tells all.
                return False, False
            is_changed = True
        if is_changed:
            self._verified = time.monotonic()
        elif time.monotonic() - self._verified > VERIFY_SECONDS:
            self._verify()
        return is_changed, rows_gone

    def _begin(self, tell: Callable[[str], None]) -> None:
        """Read the last 15 minutes, the newest files first."""
        lake = Lake.at(self._uri)
        table = lake.require(SCORED)
        self._files = _files(lake, table)
        self.window, self.newest, self.latency = Window(), Newest(), Latency()
        self.version = table.version()
        self._verified = told = time.monotonic()
        files = _listed(table)
        self.window.newest_us = max((file.latest_us or 0 for file in files), default=0)
        wanted = sorted(filter(lambda file: self.window.reaches(file.latest_us), files), key=_latest, reverse=True)
        for done, file in enumerate(wanted):
            if self._ended.is_set():
                return
            self._count(file)
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                tell(f"Silver's last 15 minutes are being read: {done + 1:,} of {len(wanted):,} files.")
        self._list()
        commit = commits.read(self._files, self.version)
        self.committed_us = commit.committed_us if commit is not None else self.window.newest_us
        self._table = table

    def _apply(self, commit: Commit) -> bool:
        """Whether rows that were counted may be gone."""
        if commit.is_of_stream:
            for file in commit.added:
                self._append(file, commit.committed_us)
        else:
            for path in commit.removed:
                self.window.remove(path)
            for file in commit.added:
                self._count(file)
            if self.newest.is_of(commit.removed):
                self._list()
        self.version, self.committed_us = commit.version, commit.committed_us
        return commit.changes_rows and bool(commit.removed)

    def _append(self, file: Added, committed_us: int) -> None:
        rows = self._read(file.path, sorted({*window.COLUMNS, *newest.COLUMNS}))
        self._add(file.path, rows)
        self.newest.add(file.path, rows)
        self.latency.add(committed_us, window.microseconds(rows["kafka_timestamp"]))

    def _count(self, file: Added) -> None:
        if self.window.reaches(file.latest_us):
            self._add(file.path, self._read(file.path, window.COLUMNS))

    def _add(self, path: str, rows: pa.Table) -> None:
        latest = pc.max(rows["kafka_timestamp"]) if rows.num_rows else None
        if latest is not None:
            moment = int(window.microseconds(pa.chunked_array([pa.array([latest.as_py()])]))[0])
            self.window.newest_us = max(self.window.newest_us, moment)
        self.window.add(path, window.counted(rows, self.window.first))

    def _list(self) -> None:
        """Find the newest tweets among those that are counted, step by step, without reading all texts."""
        self.newest = Newest()
        for start, files in self.window.files():
            begin, end = (pa.scalar(at * 1_000_000, pa.timestamp("us", "UTC")) for at in (start, start + window.STEP))
            within = (pc.field("kafka_timestamp") >= begin) & (pc.field("kafka_timestamp") < end)
            for path in files:
                self.newest.add(path, self._read(path, newest.COLUMNS, within))
            if len(self.newest.all()) == newest.MOST:
                return

    def _read(self, path: str, columns: Sequence[str], where: pc.Expression | None = None) -> pa.Table:
        # Some writers leave views of strings, which Arrow can neither filter nor look up.
        file = ds.dataset(path, SCHEMA, format="parquet", filesystem=self._files)
        return file.to_table(columns=list(columns), filter=where)

    def _verify(self) -> None:
        """Begin anew where the log was shortened beyond us, or is another table's; without opening the table, which takes memory each time."""
        self._verified = time.monotonic()
        listed = self._files.get_file_info(FileSelector("_delta_log", allow_not_found=True))
        entries = {file.base_name: file.mtime_ns for file in listed if file.base_name.endswith(".json")}
        ours = commits.entry(self.version).rpartition("/")[2]
        stamp = (self.version, entries.get(ours))
        was_replaced = self._stamp is not None and self._stamp[0] == self.version and self._stamp != stamp
        self._stamp = stamp
        newest = max(entries, default="")
        if was_replaced or newest < ours or (newest > ours and commits.read(self._files, self.version + 1) is None):
            self._table = None


def _files(lake: Lake, table: DeltaTable) -> FileSystem:
    """The table's folder."""
    if lake.folder is not None:
        return SubTreeFileSystem(lake.location(SCORED), LocalFileSystem())
    return PyFileSystem(DeltaStorageHandler.from_table(table._table))


def _listed(table: DeltaTable) -> list[Added]:
    """The files of a version."""
    adds = pa.table(table.get_add_actions(flatten=True))
    if not adds.num_rows:
        return []
    column = "max.kafka_timestamp"
    latest = window.microseconds(adds[column]).tolist() if column in adds.column_names else [None] * adds.num_rows
    return [Added(unquote(path), us) for path, us in zip(adds["path"].to_pylist(), latest, strict=True)]


def _latest(file: Added) -> int:
    return file.latest_us or 0
