"""Checks gold against silver: recomputed at the version that gold records, with what had been retired from silver by then."""

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileType, PyFileSystem

from sentistream.lake import transactions
from sentistream.lake.doctor.finding import Finding, Verdict, judged, rows
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import rollup
from sentistream.lake.tables import PER_MINUTE, RETIRED, SCORED
from sentistream.process import retry

PROMISE = "gold = silver"
PATIENCE_SECONDS = 45.0
"""The version that gold was made from may just have gone from the log; the next one comes with gold's next commit."""
LOOK_SECONDS = 1.0
COUNTED = """
WITH ruled AS (
  SELECT date_trunc('minute', created_at) AS window_start, lang, sentiment, p_positive,
         unnest(array_append(array_remove_all(array_distinct(rules), '*'), '*')) AS rule
  FROM silver
)
SELECT window_start, lang, rule, count(*) AS tweets, sum(p_positive) AS total,
       sum(CASE WHEN sentiment = 'negative' THEN 1 ELSE 0 END) AS negative,
       sum(CASE WHEN sentiment = 'neutral' THEN 1 ELSE 0 END) AS neutral,
       sum(CASE WHEN sentiment = 'positive' THEN 1 ELSE 0 END) AS positive
FROM ruled
GROUP BY window_start, lang, rule
"""
DROPPED = """
SELECT window_start, lang, rule, tweets, sum_p_positive AS total, negative, neutral, positive
FROM retired
WHERE retirement IN ({retirements})
"""
DIFFERENT = """
WITH parts AS ({parts}),
expected AS (
  SELECT window_start, lang, rule, sum(tweets) AS tweets, sum(total) / sum(tweets) AS mean,
         sum(negative) AS negative, sum(neutral) AS neutral, sum(positive) AS positive
  FROM parts
  WHERE CAST(window_start AS DATE) >= DATE '{first}'
  GROUP BY window_start, lang, rule
)
SELECT count(*) AS different, min(coalesce(e.window_start, g.window_start)) AS earliest
FROM expected e
FULL OUTER JOIN gold g ON e.window_start = g.window_start AND e.lang = g.lang AND e.rule = g.rule
WHERE (e.tweets IS DISTINCT FROM g.tweets) OR (e.negative IS DISTINCT FROM g.negative)
   OR (e.neutral IS DISTINCT FROM g.neutral) OR (e.positive IS DISTINCT FROM g.positive)
   OR (abs(e.mean - g.mean_p_positive) > 1e-9)
"""
SUMS = "SELECT coalesce(sum(tweets), 0) AS tweets FROM gold WHERE rule = '*'"
FIRST_DAY = f"{PER_MINUTE}/first_day"
"""Gold's transaction: the first day that it holds, in days since 1970."""
EARLIEST = date(1, 1, 1)


class _GoneError(Exception):
    """Silver's log no longer has the version that gold was made from."""


def minutes(lake: Lake, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[Finding]:
    """Recompute all of gold, row by row, from the version that it records."""
    until_gold_catches_up = retry.until_it_answers(_GoneError, patience_seconds, LOOK_SECONDS)
    try:
        yield until_gold_catches_up(_examined, lake)
    except _GoneError as gone:
        yield _skipped(str(gone))


def _examined(lake: Lake) -> Finding:
    gold, now = lake.open(PER_MINUTE), lake.open(SCORED)
    if gold is None or now is None:
        return _skipped("there is no such table")
    recorded = transactions.of(gold).get(f"{SCORED}/{now.metadata().id}")
    if recorded is None:
        return _skipped("it was never made from this silver")
    try:
        silver = lake.open_version(SCORED, recorded)
        counted = sum(count for app_id, count in transactions.of(silver).items() if app_id.endswith("/retired"))
    except (DeltaError, FileNotFoundError) as gone:
        raise _GoneError(
            f"silver's version {recorded:,}, from which it was made, is no longer in its log (LOG_KEPT_COMMITS)"
        ) from gone
    if not _is_whole(silver, now):
        return _skipped(
            f"files of silver's version {recorded:,}, from which it was made, are deleted by now: start `tables`"
        )
    # Opened last: what was in force at an older version is there still.
    return _compared(gold, silver, lake.open(RETIRED), counted, now.version())


def _skipped(words: str) -> Finding:
    return Finding(PROMISE, str(PER_MINUTE), Verdict.SKIPPED, words)


def _is_whole(silver: DeltaTable, now: DeltaTable) -> bool:
    """True when the files of a version that the newest one no longer names are there still."""
    of_then, of_now = (pa.table(table.get_add_actions(flatten=True))["path"].to_pylist() for table in (silver, now))
    replaced = [unquote(path) for path in set(of_then) - set(of_now)]
    folder = PyFileSystem(DeltaStorageHandler.from_table(silver._table))
    return all(file.type == FileType.File for file in folder.get_file_info(replaced))


def _compared(gold: DeltaTable, silver: DeltaTable, retired: DeltaTable | None, counted: int, newest: int) -> Finding:
    """What silver holds and what was retired from it, minute by minute from the first day that gold holds, beside gold."""
    in_force = rollup.in_force(retired, silver)
    tables, parts = {"silver": silver, "gold": gold}, [COUNTED]
    if retired is not None and in_force:
        tables["retired"] = retired
        parts.append(DROPPED.format(retirements=", ".join(map(str, in_force))))
    days = transactions.of(gold).get(FIRST_DAY)
    first = EARLIEST if days is None else date(1970, 1, 1) + timedelta(days=days)
    [differences] = rows(
        DIFFERENT.format(parts=" UNION ALL ".join(f"({each})" for each in parts), first=first), **tables
    )
    [sums] = rows(SUMS, gold=gold)
    [total] = rows("SELECT count(*) AS n FROM silver", silver=silver)
    gone = rollup.tweets(retired, in_force) if retired is not None else 0
    words = f"{sums['tweets']:,} tweets in gold, {total['n']:,} in silver's version {silver.version():,} of {newest:,}"
    words += f", {gone:,} retired from it" if counted else ""
    words += f", gold begins on {first}" if days is not None else ""
    # Retirements of minutes that gold no longer holds are removed.
    whole = retired is None or rollup.is_whole(retired, silver)
    lost = gone != counted if whole else gone > counted
    if lost:
        words += f", which counts {counted:,}"
    if differences["different"]:
        words += f"; {differences['different']:,} rows differ, the earliest of {differences['earliest']}"
    torn = lost or (days is None and sums["tweets"] != total["n"] + gone)
    return judged(PROMISE, str(PER_MINUTE), bool(differences["different"]) or torn, words)
