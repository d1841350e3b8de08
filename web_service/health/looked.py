"""What a snapshot of the lake and the doctor's record say."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.lake.doctor import record
from sentistream.lake.doctor.record import Examination
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED
from web_service.health import books, letters
from web_service.health.books import Books
from web_service.health.letters import Letter
from web_service.snapshot import Snapshot


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
    """Looks, for one viewer at a time; what is known of a version is not counted again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._books: Books | None = None
        self._reasons: tuple[int, dict[str, int]] = (-1, {})

    def look(self, lake: Lake, snapshot: Snapshot, reason: str) -> Looked:
        """Look, which may take a while on a table of many dead letters.

        Args:
            lake: whose snapshot it is.
            snapshot: the tables' versions.
            reason: of which dead letters the newest are read; empty for none.
        """
        with self._lock:
            looked = Looked()
            for table, look in ((REJECTED, self._look_at_rejected), (SCORED, self._look_at_scored)):
                handle = snapshot.tables.get(table)
                if handle is not None:
                    look(lake, handle, looked)
                elif isinstance(refused := lake.look(table), UserError):
                    looked.refusals.append(str(refused))
            try:
                if reason in looked.reasons:
                    looked.newest = letters.newest(lake, snapshot.tables[REJECTED], reason)
                looked.examination = record.last(lake)
            except UserError as refused:
                looked.refusals.append(str(refused))
            return looked

    def _look_at_rejected(self, lake: Lake, table: DeltaTable, looked: Looked) -> None:
        looked.rejected_version = table.version()
        try:
            if self._reasons[0] != table.version():
                self._reasons = (table.version(), letters.by_reason(lake, table))
            looked.reasons = self._reasons[1]
        except UserError as refused:
            looked.refusals.append(str(refused))

    def _look_at_scored(self, lake: Lake, table: DeltaTable, looked: Looked) -> None:
        if self._books is None or self._books.version != table.version():
            try:
                self._books = books.of(lake, table)
            except FileNotFoundError:
                # Maintenance removed what of the log was begun to be read.
                self._books = books.of(lake, lake.require(SCORED))
        newest = table.history(1)[0]
        looked.books = self._books
        looked.committed = datetime.fromtimestamp(newest["timestamp"] / 1000, UTC) if "timestamp" in newest else None
