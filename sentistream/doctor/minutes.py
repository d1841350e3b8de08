"""Whether gold is what silver was at the version that gold says it was made from."""

import time
from collections.abc import Iterator

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from sentistream import lake, transactions
from sentistream.doctor.finding import Finding, Verdict, judged, rows

PROMISE = "gold = silver"
PATIENCE_SECONDS = 45.0
"""The version that gold was made from may just have gone from the log; the next one comes with gold's next commit."""
DIFFERENT = """
WITH ruled AS (
  SELECT date_trunc('minute', created_at) AS window_start, lang, sentiment, p_positive,
         unnest(array_append(array_remove_all(array_distinct(rules), '*'), '*')) AS rule
  FROM silver
),
expected AS (
  SELECT window_start, lang, rule, count(*) AS tweets, avg(p_positive) AS mean,
         sum(CASE WHEN sentiment = 'negative' THEN 1 ELSE 0 END) AS negative,
         sum(CASE WHEN sentiment = 'neutral' THEN 1 ELSE 0 END) AS neutral,
         sum(CASE WHEN sentiment = 'positive' THEN 1 ELSE 0 END) AS positive
  FROM ruled
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


def minutes(lake_uri: str, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[Finding]:
    """Recompute all of gold, row by row, from the version that it records."""
    deadline = time.monotonic() + patience_seconds
    while True:
        gold, now = lake.open_table(lake_uri, lake.PER_MINUTE), lake.open_table(lake_uri, lake.SCORED)
        if gold is None or now is None:
            yield Finding(PROMISE, "gold/sentiment_per_minute", Verdict.SKIPPED, "there is no such table")
            return
        recorded = transactions.of(gold).get(f"{lake.SCORED.layer}/{lake.SCORED.name}/{now.metadata().id}")
        if recorded is None:
            yield Finding(PROMISE, "gold/sentiment_per_minute", Verdict.SKIPPED, "it was never made from this silver")
            return
        try:
            silver = lake.open_version(lake_uri, lake.SCORED, recorded)
        except (DeltaError, FileNotFoundError):
            if time.monotonic() < deadline:
                time.sleep(1)
                continue
            words = f"silver's version {recorded:,}, from which it was made, is no longer in its log (LOG_KEPT_COMMITS)"
            yield Finding(PROMISE, "gold/sentiment_per_minute", Verdict.SKIPPED, words)
            return
        yield _compared(gold, silver, now.version())
        return


def _compared(gold: DeltaTable, silver: DeltaTable, newest: int) -> Finding:
    [found] = rows(DIFFERENT, silver=silver, gold=gold)
    [sums] = rows(SUMS, gold=gold)
    [total] = rows("SELECT count(*) AS n FROM silver", silver=silver)
    words = f"{sums['tweets']:,} tweets in gold, {total['n']:,} in silver's version {silver.version():,} of {newest:,}"
    if found["different"]:
        words += f"; {found['different']:,} rows differ, the earliest of {found['earliest']}"
    return judged(PROMISE, "gold/sentiment_per_minute", bool(found["different"]) or sums["tweets"] != total["n"], words)
