"""Gold: `sentiment_per_minute`, recomputed from the scored table for the minutes that changed.

The lake is the state here, too: the commit that replaces some minutes says, by an application transaction, which version of the scored
table it was made from, so at any time gold is what the scored table was at that version.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import SpooledTemporaryFile

import orjson
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from sentistream.errors import UserError
from sentistream.lake import per_minute, transactions
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import log_retention, retention, rollup
from sentistream.lake.rows import shaped
from sentistream.lake.schema import create, migrate
from sentistream.lake.tables import PER_MINUTE, RETIRED, SCORED
from sentistream.process.periodic import Periodic
from sentistream.settings import LOG_CHECKPOINT_COMMITS, LOG_KEPT_COMMITS
from stream_processor.tables.changes import FOLLOW_SECONDS, Touched, TouchedMinutes
from stream_processor.tables.spans import Span, clipped, pieces, rows_within, spans, within

RECORD_SECONDS = 1800.0
"""A version that touched no minute is recorded after so long at the latest: files that it has replaced are deleted after two hours."""
PIECE_ROWS = 1_000_000
"""Where all of gold is made, whole days of up to so many tweets are counted at a time; every one of them may be a minute of its own."""
Count = Callable[[DeltaTable, DeltaTable | None, Sequence[int], Sequence[Span]], Iterable[pa.RecordBatch]]
"""The scored table at its version, what was retired, which retirements of that, and minutes → the rows of gold of these minutes."""
SPOOL_BYTES = 32 * 1024 * 1024
"""Of counted minutes that are kept in memory until they are committed; more wait in a temporary file."""


@dataclass(frozen=True)
class Update:
    """What one update of gold recomputed."""

    version: int
    """The scored table's version that gold now is made from."""
    minutes: int | None
    """How many minutes were touched; None where all of gold was recomputed."""


def recorded_version(gold: DeltaTable, silver: DeltaTable) -> int | None:
    """The version of the scored table that gold was made from; None where it was never made from this one."""
    return gold.transaction_version(_app_id(silver))


class Gold:
    """Keeps gold up to date; the caller holds the lock of the tables kept beside the stream.

    Args:
        lake: where.
        kept_commits: how many versions of gold on a local disk stay readable.
    """

    def __init__(self, lake: Lake, kept_commits: int = LOG_KEPT_COMMITS) -> None:
        self._lake = lake
        self._kept_commits = kept_commits
        self._recorded = -1
        self._committed_at = -RECORD_SECONDS
        self.recomputed = 0
        """Minutes that were recomputed since the start; where all were, they count as none."""
        self._silver: DeltaTable | None = None
        self._touched: TouchedMinutes | None = None
        self._follower: Periodic | None = None
        if lake.open(PER_MINUTE) is None:
            create.create(lake, PER_MINUTE)
        migrate.bring_up(lake, (PER_MINUTE,))
        self._gold = lake.require(PER_MINUTE)
        self._shortened = self._gold.version()

    def update(self) -> Update | None:
        """Recompute what has changed since the last update, in one commit; None where nothing has.

        Raises:
            UserError: the scored table is older than what gold was made from, or another program changed it.
        """
        silver, touched = self._opened()
        if silver is None or touched is None:
            return None
        # First the version that is counted, then what was touched until it, and perhaps beyond: that is counted once more the next time.
        self._lake.refresh(SCORED, silver)
        self._lake.refresh(PER_MINUTE, self._gold)
        touched.read_on()
        pending = touched.pending()
        done = Touched(silver.version(), pending.minutes)
        if pending.minutes is None:
            self._replace(silver, None)
        elif pending.minutes:
            self._replace(silver, spans(pending.minutes))
        elif self._is_to_be_recorded(silver.version()):
            self._commit(silver)
        touched.settle(done)
        self.recomputed += _count(done) or 0
        self._shorten_log()
        return None if pending.minutes is not None and not pending.minutes else Update(done.version, _count(done))

    def remake(self, count: Count) -> Update | None:
        """Recompute all of gold by another engine than delta-rs's own, in one commit; None as long as there is no scored table.

        Raises:
            UserError: as `update`.
        """
        silver, touched = self._opened()
        if silver is None or touched is None:
            return None
        self._lake.refresh(SCORED, silver)
        touched.read_on()
        self._replace(silver, None, count)
        touched.settle(Touched(silver.version(), None))
        return Update(silver.version(), None)

    def finish(self) -> None:
        """End the thread that follows the log."""
        if self._follower is not None:
            self._follower.finish()

    def _opened(self) -> tuple[DeltaTable | None, TouchedMinutes | None]:
        """The scored table, and the minutes touched from where gold was left; None as long as there is no scored table."""
        if self._silver is None and (silver := self._lake.open(SCORED)) is not None:
            recorded = recorded_version(self._gold, silver)
            if recorded is not None and recorded > silver.version():
                raise UserError(
                    f"{silver.table_uri} is at version {silver.version()}, and gold was made from version {recorded}: it came back "
                    f"from a backup. Delete {self._lake.location(PER_MINUTE)}; it is recomputed from what is there."
                )
            self._silver = silver
            self._recorded = -1 if recorded is None else recorded
            prefix = f"{_app_id(silver)}/"
            said = transactions.of(self._gold)
            marks = {name.removeprefix(prefix): said[name] for name in said if name.startswith(prefix)}
            self._touched = TouchedMinutes(self._lake, self._lake.require(SCORED), recorded, marks)
            self._follower = Periodic(
                "log follower",
                self._touched.read_on,
                FOLLOW_SECONDS,
                failing="the scored table's log can't be read, trying again",
            )
            self._follower.start()
        return self._silver, self._touched

    def _replace(self, silver: DeltaTable, covered: Sequence[Span] | None, count: Count | None = None) -> None:
        """Replace the rows of some minutes, all where none are named, by what the scored table's version has."""
        # Opened after the scored table: what was in force at its version is there still.
        retired = self._lake.open(RETIRED)
        # What is named together is counted together; where all are made, one piece of days after the other.
        questions = [covered] if covered is not None else [[each] for each in _pieces(silver, retired)]
        rows = _counted(count or _by_delta_rs, silver, retired, questions, retention.first_day(self._gold))
        with _spooled(rows, pa.schema(self._gold.schema().to_arrow())) as spooled:
            self._commit(silver, spooled, None if covered is None else rows_within(covered))

    def _is_to_be_recorded(self, version: int) -> bool:
        """Long before the recorded version leaves the log, or its files the disk."""
        seconds = time.monotonic() - self._committed_at
        moved = version - self._recorded
        return moved >= LOG_CHECKPOINT_COMMITS or (moved > 0 and seconds >= RECORD_SECONDS)

    def _commit(
        self, silver: DeltaTable, rows: pa.RecordBatchReader | None = None, replaced: str | None = None
    ) -> None:
        """Commit rows in the place of those that a predicate names, of all where it is None; without rows the version alone.

        Compactions and rejects move the version, too, and silver's log is kept short.
        """
        version = silver.version()
        properties = CommitProperties(
            custom_metadata={"userMetadata": orjson.dumps({"silver_version": version}).decode()},
            app_transactions=self._position(silver),
        )
        # delta-rs can't end a file in order that does not fit.
        self._lake.require_room()
        if rows is None:
            nothing = pa.schema(self._gold.schema().to_arrow()).empty_table()
            write_deltalake(self._gold, nothing, mode="append", commit_properties=properties)
        else:
            write_deltalake(self._gold, rows, mode="overwrite", predicate=replaced, commit_properties=properties)
        self._recorded = version
        self._committed_at = time.monotonic()

    def _position(self, silver: DeltaTable) -> list[Transaction]:
        """The version of the scored table, and its marks, as this handle has them: what was read of the log may be further."""
        app_id = _app_id(silver)
        known = self._touched.marks() if self._touched is not None else ()
        versions = {name: silver.transaction_version(name) for name in sorted(known)}
        marks = [Transaction(f"{app_id}/{name}", each) for name, each in versions.items() if each is not None]
        return [Transaction(app_id, silver.version()), *marks]

    def _shorten_log(self) -> None:
        """Each commit lists the whole log of a table on a local disk."""
        if self._gold.version() - self._shortened >= LOG_CHECKPOINT_COMMITS:
            log_retention.checkpoint(self._gold, self._shortened)
            log_retention.shorten(self._gold, self._kept_commits)
            self._shortened = self._gold.version()


def _pieces(silver: DeltaTable, retired: DeltaTable | None) -> list[Span]:
    """All time, in pieces of which each can be counted in bounded memory."""
    held: list[tuple[int, datetime | None, datetime | None]] = []
    for table, column in ((silver, "created_at"), (retired, "window_start")):
        files = pa.table(table.get_add_actions(flatten=True)) if table is not None else pa.table({})
        if files.num_rows:
            listed = (files[name].to_pylist() for name in ("num_records", f"min.{column}", f"max.{column}"))
            held += zip(*listed, strict=True)
    return pieces(held, PIECE_ROWS)


def _counted(
    count: Count,
    silver: DeltaTable,
    retired: DeltaTable | None,
    questions: Sequence[Sequence[Span]],
    first: date | None,
) -> Iterator[pa.RecordBatch]:
    """The counted minutes of some spans, one question after the other, from the first day on that gold holds."""
    retirements = rollup.in_force(retired, silver)
    for covered in questions:
        held = covered if first is None else clipped(covered, first)
        if held:
            yield from count(silver, retired, retirements, held)


def _by_delta_rs(
    silver: DeltaTable, retired: DeltaTable | None, retirements: Sequence[int], covered: Sequence[Span]
) -> Iterable[pa.RecordBatch]:
    of_scored, of_retired = within("created_at", covered), within("window_start", covered)
    reader: Iterable[pa.RecordBatch] = per_minute.counted(silver, of_scored, retired, retirements, of_retired)
    return reader


@contextmanager
def _spooled(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatchReader]:
    """Hold all rows before they are committed: delta-rs can't count while it writes, and how many there are is not known."""
    with SpooledTemporaryFile(SPOOL_BYTES) as spool:
        with pa.ipc.new_stream(spool, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
            for batch in batches:
                writer.write_batch(shaped(batch, schema))
        spool.seek(0)
        yield pa.ipc.open_stream(spool)


def _app_id(silver: DeltaTable) -> str:
    return f"{SCORED}/{silver.metadata().id}"


def _count(done: Touched) -> int | None:
    return None if done.minutes is None else len(done.minutes)
