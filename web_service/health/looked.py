"""What a snapshot of the lake and the doctor's record say."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.lake.doctor import record
from sentistream.lake.doctor.record import Examination
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED, Table
from web_service.health import books, letters
from web_service.health.books import Books
from web_service.health.letters import Letter
from web_service.snapshot import Snapshot

Known = tuple[str, int]
"""A table's id and version."""


@dataclass
class Looked:
    """What was seen; what is None is not there, or `refusals` says why it can't be read."""

    books: Books | None = None
    committed: datetime | None = None
    """When silver's newest commit was made."""
    rejected_version: int | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    newest: list[Letter] = field(default_factory=list)
    examination: Examination | None = None
    refusals: list[str] = field(default_factory=list)


class Looking:
    """Looks, for one viewer at a time; what is known of a version of a table is not read again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._books: tuple[Known, Books] | None = None
        self._reasons: tuple[Known, dict[str, int]] | None = None
        self._newest: tuple[Known, str, list[Letter]] | None = None

    def look(self, lake: Lake, snapshot: Snapshot, reason: str) -> Looked:
        """Look, which may take a while on a table of many dead letters.

        Args:
            lake: whose snapshot it is.
            snapshot: the tables' versions.
            reason: of which dead letters the newest are read; empty for none.
        """
        with self._lock:
            looked = Looked()
            scored, rejected = (_opened(lake, snapshot, table, looked) for table in (SCORED, REJECTED))
            try:
                if rejected is not None:
                    self._look_at_rejected(lake, rejected, reason, looked)
                if scored is not None:
                    self._look_at_scored(lake, scored, looked)
                looked.examination = record.last(lake)
            except UserError as refused:
                looked.refusals.append(str(refused))
            return looked

    def _look_at_rejected(self, lake: Lake, table: DeltaTable, reason: str, looked: Looked) -> None:
        known = _known(table)
        looked.rejected_version = table.version()
        if self._reasons is None or self._reasons[0] != known:
            self._reasons = known, letters.by_reason(lake, table)
        looked.reasons = self._reasons[1]
        if reason in looked.reasons:
            if self._newest is None or self._newest[:2] != (known, reason):
                self._newest = known, reason, letters.newest(lake, table, reason)
            looked.newest = self._newest[2]

    def _look_at_scored(self, lake: Lake, table: DeltaTable, looked: Looked) -> None:
        known = _known(table)
        if self._books is None or self._books[0] != known:
            try:
                self._books = known, books.of(lake, table)
            except FileNotFoundError:
                # Maintenance removed what of the log was begun to be read.
                table = lake.require(SCORED)
                self._books = _known(table), books.of(lake, table)
        newest = table.history(1)[0]
        looked.books = self._books[1]
        looked.committed = datetime.fromtimestamp(newest["timestamp"] / 1000, UTC) if "timestamp" in newest else None


def _known(table: DeltaTable) -> Known:
    """By what a version is known again, of a table that was made anew, too."""
    return str(table.metadata().id), table.version()


def _opened(lake: Lake, snapshot: Snapshot, table: Table, looked: Looked) -> DeltaTable | None:
    """A snapshot's table; where it is there and can't be opened, why is noted."""
    if table not in snapshot.tables and isinstance(refused := lake.look(table), UserError):
        looked.refusals.append(str(refused))
    return snapshot.tables.get(table)
