"""What gold is made of: the sentiment of each minute, language and rule, as pure functions of the scored tweets."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.contracts.labels import SENTIMENTS

EVERY_RULE = "*"
"""The rule of the row that counts all tweets of a minute and language; a rule of that name has no rows of its own."""
KEY = ("window_start", "lang", "rule")
Span = tuple[int, int]
"""The first minute and the one after the last, in minutes since 1970."""
MOST_SPANS = 64
"""How many spans one predicate names: its cost grows with them."""


def per_minute(scored: DataFrame, retired: DataFrame | None = None) -> DataFrame:
    """The columns of `gold/sentiment_per_minute`.

    Args:
        scored: created_at, lang, rules, sentiment and p_positive of the scored tweets.
        retired: rows of `gold/retired_per_minute`, which count tweets that are scored no longer.
    """
    named = F.array_except("rules", F.array(F.lit(EVERY_RULE), F.lit(None).cast("string")))
    of_rules = scored.select(
        F.date_trunc("minute", "created_at").alias("window_start"),
        "lang",
        F.explode(F.array_append(named, F.lit(EVERY_RULE))).alias("rule"),
        "sentiment",
        "p_positive",
    )
    of_sentiment = [F.count_if(F.col("sentiment") == each).alias(each) for each in SENTIMENTS]
    counted = of_rules.groupBy(*KEY).agg(
        F.count("*").alias("tweets"), *of_sentiment, F.sum("p_positive").alias("sum_p_positive")
    )
    if retired is not None:
        both = counted.unionByName(retired.select(*counted.columns))
        sums = ("tweets", *SENTIMENTS, "sum_p_positive")
        counted = both.groupBy(*KEY).agg(*(F.sum(each).alias(each) for each in sums))
    mean = (F.col("sum_p_positive") / F.col("tweets")).alias("mean_p_positive")
    return counted.select(*KEY, "tweets", *SENTIMENTS, mean, F.to_date("window_start").alias("window_date"))


def spans(minutes: Iterable[int], most: int = MOST_SPANS) -> list[Span]:
    """Spans that cover the minutes, at most so many: where there would be more, the narrowest gaps are covered too."""
    ordered = np.unique(np.fromiter(minutes, np.int64))
    if not len(ordered):
        return []
    gaps = np.diff(ordered)
    widest = np.argsort(gaps, kind="stable")[::-1][: most - 1]
    breaks = np.sort(widest[gaps[widest] > 1])
    firsts, lasts = ordered[np.concatenate([[0], breaks + 1])], ordered[np.concatenate([breaks, [-1]])]
    return [(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True)]


def within(column: str, covered: Sequence[Span]) -> str:
    """The SQL predicate that a time lies in one of the spans."""
    return " OR ".join(
        f"({column} >= TIMESTAMP '{_moment(first)}' AND {column} < TIMESTAMP '{_moment(end)}')"
        for first, end in covered
    )


def rows_within(covered: Sequence[Span]) -> str:
    """The SQL predicate for the rows of gold whose minutes lie in one of the spans; it names their dates, so that other days are not looked at."""
    first, last = _moment(covered[0][0])[:10], _moment(covered[-1][1] - 1)[:10]
    return f"window_date >= DATE '{first}' AND window_date <= DATE '{last}' AND ({within('window_start', covered)})"


def _moment(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
