"""Model health: `gold/model_health`, counted from the scored table as it grows.

The position is in the commit: the offsets and the last change of the scored table's version that was counted (`sentistream.lake.follow`). Rows beyond the
offsets are counted and added to their hours; the hours of rows that were changed or removed since (rescoring, erasure, late duplicates, retirement) are
counted anew. So at any time the table is what the scored table was at that version.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import structlog
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from sentistream.drift.profile import Profile
from sentistream.errors import UserError
from sentistream.lake import changed_days, follow, transactions
from sentistream.lake.health import counting, profiles, report, telling
from sentistream.lake.health.profiles import Version
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import log_retention, rollup
from sentistream.lake.maintenance.retention import EPOCH
from sentistream.lake.reading import READ_AHEAD
from sentistream.lake.schema import create, migrate
from sentistream.lake.tables import MODEL_HEALTH, MODEL_PROFILES, RETIRED, SCORED
from sentistream.settings import LOG_CHECKPOINT_COMMITS, LOG_KEPT_COMMITS
from stream_processor.tables.spans import Span, rows_within, spans

log = structlog.get_logger()
HOURS_A_DAY = 24
PARTS = 64
"""Counts of so many batches are held before they are added up."""


@dataclass(frozen=True)
class Missed:
    """What the table has not counted yet."""

    added: ds.Expression
    """Which rows are new."""
    anew: Sequence[Span]
    """Hours since 1970 that have to be counted anew."""


class Health:
    """Keeps model health up to date; the caller holds the lock of the tables kept beside the stream.

    Args:
        lake: where.
        kept_commits: how many versions of the table on a local disk stay readable.
    """

    def __init__(self, lake: Lake, kept_commits: int = LOG_KEPT_COMMITS) -> None:
        self._lake = lake
        self._kept_commits = kept_commits
        self._silver: DeltaTable | None = None
        self._known: dict[Version, Profile] = {}
        self._known_at: int | None = None
        """Of `gold/model_profiles`, the version that they were read of."""
        self._counted_at: int | None = None
        """The same of what the last commit was counted by; None where that was another process's."""
        self._told: tuple[str, ...] = ()
        if lake.open(MODEL_HEALTH) is None:
            create.create(lake, MODEL_HEALTH)
        migrate.bring_up(lake, (MODEL_HEALTH,))
        self._table = lake.require(MODEL_HEALTH)
        self._shortened = self._table.version()

    def update(self) -> int | None:
        """Count what has changed since the last update, in one commit; how many tweets were counted, None where nothing has changed.

        Raises:
            UserError: the scored table is older than what was counted, or another program changed one.
        """
        if self._silver is None:
            self._silver = self._lake.open(SCORED)
        silver = self._silver
        if silver is None:
            return None
        self._lake.refresh(SCORED, silver)
        self._lake.refresh(MODEL_HEALTH, self._table)
        version = self._table.transaction_version(_app_id(silver))
        if version == silver.version():
            return None
        if version is not None and version > silver.version():
            raise UserError(
                f"{silver.table_uri} is at version {silver.version()}, and model health was counted from version {version}: it came "
                f"back from a backup. Delete {self._lake.location(MODEL_HEALTH)}; it is counted again from what is there."
            )
        now = follow.marks(transactions.of(silver))
        missed = self._missed(silver, version, now)
        if missed is None:
            tweets: int | None = self._make(silver, now)
        else:
            tweets = self._add(silver, now, missed)
        self._shorten_log()
        if tweets:
            self._tell()
        return tweets

    def _tell(self) -> None:
        """Say once what has moved for the version that scored last, and once that it is as it was."""
        newest = next((each for each in report.of(self._lake) if each.is_newest), None)
        now = (newest.uri, *newest.alarms) if newest is not None and newest.alarms else ()
        if newest is not None and now != self._told and now:
            log.warning("drift", found=telling.headline(newest), examples=newest.examples[newest.alarms[0]])
        elif newest is not None and now != self._told:
            log.info("drift is over", found=telling.headline(newest))
        self._told = now

    def _make(self, silver: DeltaTable, now: Mapping[str, int]) -> int:
        """Count all of it."""
        self._are_counted_by_their_profiles()
        counts = _added_up(self._counted(silver, None))
        self._commit(silver, now, counts, replaced=None)
        return _tweets(counts)

    def _add(self, silver: DeltaTable, now: Mapping[str, int], missed: Missed) -> int | None:
        """Add new rows to their hours, and count the hours of changed ones anew; None where there are none."""
        anew = _times(missed.anew, "created_at")
        parts = list(self._counted(silver, missed.added & ~anew if missed.anew else missed.added))
        hours = {hour for part in parts for hour in _hours(part["window_start"])}
        hours |= {hour for first, end in missed.anew for hour in range(first, end)}
        if not hours:
            self._commit(silver, now, None, replaced=None)
            return None
        covered = spans(hours)
        there = self._table.to_pyarrow_dataset().to_table(filter=_times(covered, "window_start"))
        if missed.anew:
            there = there.filter(~_times(missed.anew, "window_start"))
            parts += self._counted(silver, anew)
        self._commit(silver, now, _added_up([counting.as_counts(there), *parts]), replaced=covered)
        return sum(map(_tweets, parts))

    def _missed(self, silver: DeltaTable, version: int | None, now: Mapping[str, int]) -> Missed | None:
        """What was added, changed and removed since the position; None where that can't be told, so that all has to be counted."""
        if version is None or not self._are_counted_by_their_profiles():
            return None
        prefix = f"{_app_id(silver)}/"
        said = transactions.of(self._table)
        before = {name.removeprefix(prefix): said[name] for name in said if name.startswith(prefix)}
        added = follow.added_since(before, now)
        days = changed_days.since(self._lake, silver, before.get(changed_days.LAST, 0))
        dropped = rollup.minutes_since(self._lake.open(RETIRED), silver, before.get(follow.IN_FORCE, 0))
        if added is None or days is None or dropped is None:
            log.warning("what model health missed can't be told: all of it is counted anew", version=version)
            return None
        hours = {hour for day in days for hour in _hours_of(day)}
        return Missed(added, spans(hours.union(_hours(dropped))))

    def _are_counted_by_their_profiles(self) -> bool:
        """False where tweets were counted before the profile of their version was recorded: what was counted by two yardsticks can't be added up."""
        profiles_now = self._lake.open(MODEL_PROFILES)
        version = -1 if profiles_now is None else profiles_now.version()
        if version == self._counted_at:
            return True
        self._known, self._known_at = profiles.recorded(self._lake), version
        without = self._table.to_pyarrow_dataset().to_table(
            columns=["model_name", "model_version"], filter=pc.field("unknown_words").is_null()
        )
        named = without.group_by(["model_name", "model_version"]).aggregate([]).to_pylist()
        return not any((each["model_name"], each["model_version"]) in self._known for each in named)

    def _counted(self, silver: DeltaTable, which: ds.Expression | None) -> Iterator[pa.Table]:
        """Counts of rows of the scored table's version."""
        for batch in silver.to_pyarrow_dataset().to_batches(columns=list(counting.READ), filter=which, **READ_AHEAD):
            if batch.num_rows:
                yield from counting.counted(pa.Table.from_batches([batch]), self._known)

    def _commit(
        self, silver: DeltaTable, now: Mapping[str, int], counts: pa.Table | None, replaced: Sequence[Span] | None
    ) -> None:
        """Commit counts in the place of the rows of some hours, of all where these are None, with the position; without counts the position alone."""
        app_id, schema = _app_id(silver), pa.schema(self._table.schema().to_arrow())
        said = {"userMetadata": orjson.dumps({"silver_version": silver.version()}).decode()}
        marks = [Transaction(f"{app_id}/{name}", now[name]) for name in sorted(now)]
        properties = CommitProperties(
            custom_metadata=said, app_transactions=[Transaction(app_id, silver.version()), *marks]
        )
        rows = schema.empty_table() if counts is None else counting.as_rows(counts, self._known, schema)
        # delta-rs can't end a file in order that does not fit.
        self._lake.require_room(rows.nbytes)
        if counts is None:
            write_deltalake(self._table, rows, mode="append", commit_properties=properties)
        else:
            within = None if replaced is None else rows_within([(first * 60, end * 60) for first, end in replaced])
            write_deltalake(self._table, rows, mode="overwrite", predicate=within, commit_properties=properties)
        self._counted_at = self._known_at

    def _shorten_log(self) -> None:
        """Each commit lists the whole log of a table on a local disk."""
        if self._table.version() - self._shortened >= LOG_CHECKPOINT_COMMITS:
            log_retention.checkpoint(self._table, self._shortened)
            log_retention.shorten(self._table, self._kept_commits)
            self._shortened = self._table.version()


def _added_up(parts: Iterable[pa.Table]) -> pa.Table:
    """Counts, each key once; few parts are held at a time."""
    held: list[pa.Table] = []
    for part in parts:
        held.append(part)
        if len(held) >= PARTS:
            held = [counting.added(held)]
    return counting.added(held)


def _times(covered: Sequence[Span], column: str) -> ds.Expression:
    """That a time lies in one of some spans of hours."""
    field = ds.field(column)
    within = ((field >= _moment(first)) & (field < _moment(end)) for first, end in covered)
    return reduce(or_, within, follow.NOTHING)


def _moment(hour: int) -> pa.Scalar:
    return pa.scalar(hour * counting.HOUR_US, counting.INSTANT)


def _hours(times: pa.ChunkedArray) -> set[int]:
    """Times → the hours since 1970 that they lie in."""
    return set(np.unique(counting.microseconds(times) // counting.HOUR_US).tolist())


def _hours_of(day: date) -> range:
    first = (day - EPOCH).days * HOURS_A_DAY
    return range(first, first + HOURS_A_DAY)


def _tweets(counts: pa.Table) -> int:
    return int(pc.sum(counts["tweets"]).as_py() or 0)


def _app_id(silver: DeltaTable) -> str:
    return f"{SCORED}/{silver.metadata().id}"
