"""The rollup of days that silver drops, `gold/retired_per_minute`: their tweets counted per minute, so that gold outlives silver.

A retirement is an attempt to drop a day: its rows are appended here first, then one commit to the scored table drops the day and names the
retirement in the transaction `gold/retired_per_minute/in_force`. Only that puts it in force: each retirement says which one it follows, and those in
force are the named one and, back from it, what each of them follows. Rows of an attempt that was killed or came too late are never on that way.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import takewhile

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from sentistream.lake import per_minute
from sentistream.lake.conflicts import is_conflict
from sentistream.lake.follow import IN_FORCE
from sentistream.lake.lake import Lake
from sentistream.lake.rows import shaped
from sentistream.lake.schema import create
from sentistream.lake.tables import RETIRED


def open_or_create(lake: Lake) -> DeltaTable:
    """The table, made by delta-rs as its SQL says where it is missing."""
    handle = lake.open(RETIRED)
    return create.create(lake, RETIRED) if handle is None else handle


def in_force(retired: DeltaTable | None, scored: DeltaTable) -> list[int]:
    """The retirements in force at a version of the scored table, the last one first."""
    named = scored.transaction_version(IN_FORCE)
    return [] if retired is None or named is None else way_back(_follows(retired), named)


def minutes_since(retired: DeltaTable | None, scored: DeltaTable, known: int) -> pa.ChunkedArray | None:
    """The minutes of the retirements that came into force after a known one, 0 for all; None where the way back does not lead there."""
    named = scored.transaction_version(IN_FORCE) or 0
    follows = _follows(retired) if retired is not None else {}
    later = list(takewhile(lambda each: each != known, way_back(follows, named)))
    if named != known and (not later or follows[later[-1]] != known):
        return None
    if retired is None or named == known:
        return pa.chunked_array([], pa.timestamp("us", "UTC"))
    chosen = pc.field("retirement").isin(pa.array(later, pa.int64()))
    return retired.to_pyarrow_dataset().to_table(columns=["window_start"], filter=chosen)["window_start"]


def way_back(follows: Mapping[int, int], named: int) -> list[int]:
    """From a retirement to the one it follows, and on, as far as they are there."""
    retirements: list[int] = []
    while named in follows:
        retirements.append(named)
        named = follows[named]
    return retirements


def append(retired: DeltaTable, scored: DeltaTable, day: date) -> int | None:
    """Count a day of the scored table as its handle has it; the retirement, not in force yet, or None where the day has no row."""
    schema = pa.schema(retired.schema().to_arrow())
    # Random, so that two processes that do the same at the same time never write as one.
    retirement = secrets.randbits(62) + 1
    own = {"retirement": retirement, "follows": scored.transaction_version(IN_FORCE) or 0}
    batches = []
    for batch in per_minute.counted(scored, f"ingest_date = DATE '{day.isoformat()}'"):
        for name, number in own.items():
            batch = batch.append_column(name, pa.repeat(pa.scalar(number, pa.int64()), batch.num_rows))
        batches.append(shaped(batch, schema))
    rows = pa.Table.from_batches(batches, schema)
    if not rows.num_rows:
        return None
    write_deltalake(retired, rows, mode="append")
    return retirement


def sweep(retired: DeltaTable, scored: DeltaTable) -> int:
    """Remove attempts that can no longer come into force, since another has: whole partitions; how many."""
    retired.update_incremental()
    follows, kept = _follows(retired), set(in_force(retired, scored))
    named = scored.transaction_version(IN_FORCE) or 0
    # One that follows the last in force may be another process's, which is about to drop its day.
    dead = [retirement for retirement, before in follows.items() if retirement not in kept and before != named]
    _remove(retired, dead)
    return len(dead)


def trim(retired: DeltaTable, scored: DeltaTable, first: date) -> int:
    """Remove the earliest retirements in force, as long as all their minutes lie before the first day that gold holds; how many."""
    retired.update_incremental()
    adds = pa.table(retired.get_add_actions(flatten=True))
    needed: set[int] = set()
    if adds.num_rows:
        rows = zip(adds["partition.retirement"].to_pylist(), adds["max.window_start"].to_pylist(), strict=True)
        needed = {retirement for retirement, latest in rows if latest is None or latest.date() >= first}
    # From the far end only: what a needed one follows is found by way of it.
    done = list(takewhile(lambda each: each not in needed, reversed(in_force(retired, scored))))
    _remove(retired, done)
    return len(done)


def is_whole(retired: DeltaTable, scored: DeltaTable) -> bool:
    """True when the way back from the named retirement leads to the very first one: nothing was trimmed."""
    follows, named = _follows(retired), scored.transaction_version(IN_FORCE) or 0
    kept = way_back(follows, named)
    return (follows[kept[-1]] if kept else named) == 0


def tweets(retired: DeltaTable, retirements: Iterable[int]) -> int:
    """How many tweets were counted in some retirements."""
    listed = pa.array(list(retirements), pa.int64())
    of_all = (pc.field("rule") == "*") & pc.field("retirement").isin(listed)
    rows = retired.to_pyarrow_dataset().to_table(columns=["tweets"], filter=of_all)
    return int(pc.sum(rows["tweets"]).as_py() or 0)


def _remove(retired: DeltaTable, retirements: Sequence[int]) -> None:
    if retirements:
        try:
            retired.delete(f"retirement IN ({', '.join(map(str, retirements))})")
        except DeltaError as error:
            # Another process does the same.
            if not is_conflict(error):
                raise


def _follows(retired: DeltaTable) -> dict[int, int]:
    """Retirement → the one it follows: from the log, without reading data."""
    adds = pa.table(retired.get_add_actions(flatten=True))
    if not adds.num_rows:
        return {}
    return dict(zip(adds["partition.retirement"].to_pylist(), adds["min.follows"].to_pylist(), strict=True))
