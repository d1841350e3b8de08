"""`audit/forgotten`: the erasure requests, as keyed hashes, and how far each processor has acknowledged them. Append-only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from sentistream.errors import UserError
from sentistream.lake.erasure.forgotten import NOTHING, Forgotten
from sentistream.lake.erasure.key import AUTHOR, TWEET, Key
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import FILES_KEPT_HOURS, FORGOTTEN
from sentistream.settings import AuditSettings

NUMBER, CHECK = "requests", "key"
"""Transactions: how many subjects are recorded, and by which key."""
MOST_FILES = 100
TIMESTAMP = pa.timestamp("us", tz="UTC")
WHERE = "a variable, or a file forget_key in SECRETS_FOLDER"


@dataclass(frozen=True)
class Subjects:
    """Ids of tweets and of authors."""

    tweets: frozenset[int] = frozenset()
    authors: frozenset[int] = frozenset()


class Requests:
    """The requests of one lake, read again only where there are more.

    Args:
        lake: where they lie.
        settings: hold the key; a lake that never forgot anything needs none.
    """

    def __init__(self, lake: Lake, settings: AuditSettings) -> None:
        self._lake = lake
        self._key = None if settings.forget_key is None else Key(settings.forget_key)
        self._table: DeltaTable | None = None
        self._forgotten = NOTHING

    def read(self) -> Forgotten:
        """The subjects of all requests so far.

        Raises:
            UserError: there is something, and the key is missing or another; or another program changed the table.
        """
        try:
            if self._table is not None:
                self._lake.refresh(FORGOTTEN, self._table)
            else:
                self._table = self._lake.open(FORGOTTEN)
        except Exception:
            # A handle whose part of the log is gone never comes back: the next look opens another.
            self._table = None
            raise
        number = 0 if self._table is None else self._table.transaction_version(NUMBER) or 0
        if self._table is not None and number != self._forgotten.number:
            self._forgotten = _loaded(self._table, number, self._require_key(self._table))
        return self._forgotten

    def require_key(self) -> Key:
        """The key.

        Raises:
            UserError: there is none.
        """
        if self._key is None:
            raise UserError(
                f"There is no FORGET_KEY ({WHERE}): at least 16 characters that nobody else knows; the same one for as long as the lake lives.",
                exit_code=2,
            )
        return self._key

    def record(self, subjects: Subjects, request: str, now: datetime) -> Forgotten:
        """Add the subjects that are not there yet; an author's once more, since the time counts. The subjects of all requests then.

        Raises:
            UserError: the key is missing or another.
        """
        key = self.require_key()
        self._lake.require_room()
        self._table = create.create(self._lake, FORGOTTEN, [Transaction(CHECK, key.check)])
        self._require_key(self._table)
        before = self.read()
        tweets = [each for each in key.digests(TWEET, sorted(subjects.tweets)) if each not in before.tweets]
        authors = key.digests(AUTHOR, sorted(subjects.authors))
        if tweets or authors:
            rows = _rows(request, now, {TWEET: tweets, AUTHOR: authors})
            # Before the rows: whatever fails up to their commit, nothing is recorded.
            _keep_few_files(self._table)
            _append(self._table, rows, [Transaction(NUMBER, before.number + rows.num_rows)])
        return self.read()

    def acknowledge(self, topic: str) -> None:
        """Acknowledge, for a topic's processor, that it drops all that was last read."""
        if self._table is not None and self.seen_by(topic) < self._forgotten.number:
            nothing = _rows("", datetime.now(UTC), {})
            _append(self._table, nothing, [Transaction(_seen(topic), self._forgotten.number)])

    def seen_by(self, topic: str) -> int:
        """Up to which number the processor of a topic has seen the requests, as of the last look."""
        return 0 if self._table is None else self._table.transaction_version(_seen(topic)) or 0

    def _require_key(self, table: DeltaTable) -> Key:
        if self._key is None:
            raise UserError(f"The lake has forgotten tweets, and there is no FORGET_KEY ({WHERE}) to know them again.")
        if table.transaction_version(CHECK) != self._key.check:
            raise UserError(
                f"FORGET_KEY is not the one that {table.table_uri} was begun with: forgotten tweets could not be known again. Give the first one."
            )
        return self._key


def _loaded(table: DeltaTable, number: int, key: Key) -> Forgotten:
    rows = table.to_pyarrow_table(columns=["request", "requested_at", "kind", "subject"]).sort_by("requested_at")
    tweets = rows.filter(pc.equal(rows["kind"], TWEET))["subject"].to_pylist()
    authors = rows.filter(pc.equal(rows["kind"], AUTHOR))
    asked = pc.cast(pc.cast(authors["requested_at"], TIMESTAMP), pa.int64()).to_pylist()
    # Of several requests, the latest stays.
    until = dict(zip(map(bytes.fromhex, authors["subject"].to_pylist()), asked, strict=True))
    latest = rows["request"][-1].as_py() if rows.num_rows else ""
    return Forgotten(number, key, frozenset(map(bytes.fromhex, tweets)), until, latest)


def _rows(request: str, now: datetime, digests: dict[str, Collection[bytes]]) -> pa.Table:
    kinds = [kind for kind, of_kind in digests.items() for _ in of_kind]
    subjects = [digest.hex() for of_kind in digests.values() for digest in of_kind]
    columns = {
        "request": pa.array([request] * len(kinds), pa.string()),
        "requested_at": pa.array([now] * len(kinds), TIMESTAMP),
        "kind": pa.array(kinds, pa.string()),
        "subject": pa.array(subjects, pa.string()),
    }
    return pa.table(columns)


def _append(table: DeltaTable, rows: pa.Table, transactions: list[Transaction]) -> None:
    write_deltalake(table, rows, mode="append", commit_properties=CommitProperties(app_transactions=transactions))


def _keep_few_files(table: DeltaTable) -> None:
    if len(table.file_uris()) > MOST_FILES:
        table.optimize.compact()
        table.vacuum(retention_hours=FILES_KEPT_HOURS, dry_run=False)


def _seen(topic: str) -> str:
    return f"seen/{topic}"
