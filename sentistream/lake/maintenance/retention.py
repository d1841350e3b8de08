"""Retention in the tables that delta-rs commits to: whole days are dropped, by commits that rewrite no file and count the removed rows.

Safe beside a running stream: a day to which a row is added meanwhile is tried again, and a kill at any moment leaves each row counted once.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, Transaction

from sentistream.lake import transactions
from sentistream.lake.conflicts import OvertakenError, commit_again
from sentistream.lake.follow import IN_FORCE
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, rollup
from sentistream.lake.rows import removal
from sentistream.lake.tables import PER_MINUTE, REJECTED, SCORED, Table
from sentistream.settings import RetentionSettings

ATTEMPTS = 5
OFFSET = re.compile(r"(?P<topic>[^/]+)/[^/]+/(?P<number>\d+)")
FIRST_DAY = f"{PER_MINUTE}/first_day"
"""Gold's own transaction whose version is the first day that it holds, in days since 1970."""
EPOCH = date(1970, 1, 1)
AHEAD_SECONDS = 0.2
"""Between the stream's two commits of a batch, the rejected table is ahead."""


@dataclass(frozen=True)
class Retired:
    """What one look dropped from one table."""

    days: int = 0
    rows: int = 0
    conflicts: int = 0
    """Days that other commits came in between of, `ATTEMPTS` times; the next look tries again."""


def first_kept(days: int, today: date | None = None) -> date | None:
    """The first day that is kept: so many whole days, and today's; None where all are."""
    return (today or datetime.now(UTC).date()) - timedelta(days=days) if days else None


def first_day(gold: DeltaTable) -> date | None:
    """The first day that gold holds; None where none was ever dropped (`GOLD_KEPT_DAYS`)."""
    days = gold.transaction_version(FIRST_DAY)
    return None if days is None else EPOCH + timedelta(days=days)


def due(table: DeltaTable, before: date | None, column: str = "ingest_date") -> list[date]:
    """The days of a table that lie before one, the earliest first; from the log, without reading data."""
    adds = pa.table(table.get_add_actions(flatten=True))
    if before is None or not adds.num_rows:
        return []
    return sorted({day for day in adds[f"partition.{column}"].to_pylist() if day < before})


def retire(lake: Lake, kept: RetentionSettings) -> Iterator[tuple[Table, Retired]]:
    """Drop what is past its retention from both tables of the stream."""
    yield REJECTED, retire_rejected(lake, first_kept(kept.rejected_kept_days))
    yield SCORED, retire_scored(lake, first_kept(kept.silver_kept_days))


def retire_scored(lake: Lake, before: date | None) -> Retired:
    """Drop the scored table's days before one; what they held is kept per minute, for gold."""
    scored = lake.require(SCORED)
    days = due(scored, before)
    dropped = rows = 0
    if days:
        retired = rollup.open_or_create(lake)
        for day in days:
            removed = _retire_day(lake, scored, retired, day)
            rows, dropped = rows + (removed or 0), dropped + (removed is not None)
        gold = lake.open(PER_MINUTE)
        begins = first_day(gold) if gold is not None else None
        if begins is not None:
            rollup.trim(retired, scored, begins)
        compaction.clean(retired)
    return Retired(dropped, rows, len(days) - dropped)


def _retire_day(lake: Lake, scored: DeltaTable, retired: DeltaTable, day: date) -> int | None:
    """Its rows; None where other commits came in between every time."""

    def refresh() -> None:
        lake.refresh(SCORED, scored)
        rollup.sweep(retired, scored)

    def attempt() -> int:
        retirement = rollup.append(retired, scored, day)
        counts = _rows_by_topic(scored, day, day + timedelta(days=1))
        named = [] if retirement is None else [Transaction(IN_FORCE, retirement)]
        _drop(scored, f"ingest_date = '{day}'", counts, *named)
        return counts.total()

    try:
        return commit_again(ATTEMPTS, refresh)(attempt)
    except OvertakenError:
        return None
    finally:
        refresh()


def retire_rejected(lake: Lake, before: date | None) -> Retired:
    """Drop the rejected table's days before one, in one commit."""
    rejected = lake.require(REJECTED)

    def attempt() -> Retired:
        days = due(rejected, before)
        if before is None or not days:
            return Retired()
        # What the scored table has not counted yet must stay until it has.
        if not _is_counted(rejected, lake.require(SCORED)):
            raise OvertakenError("the rejected table is ahead of the scored one")
        counts = _rows_by_topic(rejected, days[0], before)
        _drop(rejected, f"ingest_date < '{before}'", counts)
        return Retired(len(days), counts.total())

    try:
        return commit_again(ATTEMPTS, partial(lake.refresh, REJECTED, rejected), AHEAD_SECONDS)(attempt)
    except OvertakenError:
        return Retired(conflicts=len(due(rejected, before)))


def _is_counted(rejected: DeltaTable, scored: DeltaTable) -> bool:
    """True when the scored table has come at least as far as the rejected one, in each partition of each topic."""
    reached = transactions.of(scored)
    offsets = {app_id: last for app_id, last in transactions.of(rejected).items() if OFFSET.fullmatch(app_id)}
    return all(reached.get(app_id, -1) >= last for app_id, last in offsets.items())


def _rows_by_topic(table: DeltaTable, first: date, before: date) -> Counter[str]:
    within = (pc.field("ingest_date") >= first) & (pc.field("ingest_date") < before)
    counts: Counter[str] = Counter()
    for each in table.to_pyarrow_dataset().to_batches(columns=["topic"], filter=within):
        counts.update({row["values"]: row["counts"] for row in pc.value_counts(each["topic"]).to_pylist()})
    return counts


def _drop(table: DeltaTable, days: str, counts: Counter[str], *also: Transaction) -> None:
    """One commit that drops whole partitions, and counts their rows in `<topic>/retired`."""
    table.delete(days, commit_properties=removal(table, "retired", "retired", counts, also))
