"""The charts of a selection, each one statement over its counts.

A chart's statement begins with the counts as a common table expression, so that it can be asked of the lake alone; the page asks the same lines of counts
that it has in memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from web_service.explore import counting
from web_service.explore.question import Question, Value
from web_service.explore.selection import ALL, Selection

COUNTS = """sum(tweets)::BIGINT AS tweets, sum(negative)::BIGINT AS negative, sum(neutral)::BIGINT AS neutral, sum(positive)::BIGINT AS positive,
       sum(negative) / sum(tweets) AS negative_share, sum(neutral) / sum(tweets) AS neutral_share, sum(positive) / sum(tweets) AS positive_share"""
TOTALS = "SELECT {counts}\nFROM counted\nWHERE rule = $rule AND {languages}\nHAVING sum(tweets) > 0"
OVER_TIME = """\
SELECT to_timestamp(epoch_us(moment) // 1000000 // $step * $step) AS moment,
       {counts}
FROM counted
WHERE rule = $rule AND {languages}
GROUP BY 1
ORDER BY 1"""
BY_HOUR = """\
SELECT epoch_us(moment) // 3600000000 % 24 AS hour_of_day,
       {counts}
FROM counted
WHERE rule = $rule AND {languages}
GROUP BY 1
ORDER BY 1"""
BY_LANGUAGE = """\
SELECT lang,
       {counts}
FROM counted
WHERE rule = $rule
GROUP BY 1
ORDER BY tweets DESC, lang"""
BY_RULE = """\
SELECT rule,
       {counts}
FROM counted
WHERE rule <> '*' AND {languages}
GROUP BY 1
ORDER BY tweets DESC, rule"""
HELD_AGAINST = """\
SELECT {key}, tweets_before, watched_before, tweets, watched, share_before, share, share - share_before AS moved,
       -- Agresti and Caffo 2000: as if each sample had one tweet more of the sentiment, and one more without it.
       centre - width AS lowest, centre + width AS highest
FROM (
  SELECT {key}, b.tweets AS tweets_before, b.watched AS watched_before, a.tweets, a.watched,
         b.watched / b.tweets AS share_before, a.watched / a.tweets AS share,
         (a.watched + 1) / (a.tweets + 2) - (b.watched + 1) / (b.tweets + 2) AS centre,
         $z * sqrt((a.watched + 1) * (a.tweets - a.watched + 1) / (a.tweets + 2.0) ** 3
                 + (b.watched + 1) * (b.tweets - b.watched + 1) / (b.tweets + 2.0) ** 3) AS width
  FROM (SELECT {group} AS {key}, sum(tweets)::BIGINT AS tweets, sum({watched})::BIGINT AS watched
        FROM counted WHERE {own} GROUP BY ALL HAVING sum(tweets) > 0) AS a
  JOIN (SELECT {group} AS {key}, sum(tweets)::BIGINT AS tweets, sum({watched})::BIGINT AS watched
        FROM counted_other WHERE {others} GROUP BY ALL HAVING sum(tweets) > 0) AS b
  USING ({key})
)
ORDER BY abs(moved) DESC, {key}"""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Chart:
    """What a chart is called in addresses, and what it says of itself."""

    name: str
    title: str
    sql: str


CHARTS: Mapping[str, Chart] = {
    each.name: each
    for each in (
        Chart("totals", "Share", TOTALS),
        Chart("over_time", "Share over time", OVER_TIME),
        Chart("by_hour", "By hour of the day (UTC)", BY_HOUR),
        Chart("by_language", "By language", BY_LANGUAGE),
        Chart("by_rule", "By rule", BY_RULE),
    )
}


def of_counts(chart: Chart, selection: Selection) -> Question:
    """A chart's statement over a table `counted`."""
    values: dict[str, Value] = {
        "rule": selection.rule or ALL,
        "step": int(counting.step(selection).total_seconds()),
        "languages": list(selection.languages),
    }
    return Question(chart.sql.format(counts=COUNTS, languages=_languages(selection)), values)


def of_lake(chart: Chart, selection: Selection, counts: Question) -> Question:
    """The same of the lake's tables: with the counts before it."""
    over = of_counts(chart, selection)
    return Question(f"WITH counted AS (\n{counts.sql}\n)\n{over.sql}", {**over.values, **counts.values})


def movers(selection: Selection, other: Selection, compared: int) -> Question:
    """How far each rule's share moved from the other selection's to this one's, over tables `counted` and `counted_other`.

    Args:
        selection: whose shares they are.
        other: what they are held against.
        compared: how many rules are looked at: the interval of each is so wide that all of them hold together (Bonferroni) at `CONFIDENCE`.
    """
    return _held_against(("rule", "rule"), ("rule <> '*'", "rule <> '*'"), selection, other, compared)


def difference(selection: Selection, other: Selection) -> Question:
    """The share of the one beside that of the other, as `movers`; a row, or none where one has no tweet."""
    return _held_against(("of", "'all'"), ("rule = $rule", "rule = $rule_other"), selection, other, 1)


def movers_of_lake(moved: Question, counts: Question, others: Question) -> Question:
    """A statement of `movers` or `difference`, of the lake's tables; the places of the other counts end in `_other`."""
    before = f"WITH counted AS (\n{counts.sql}\n), counted_other AS (\n{others.sql}\n)\n"
    return Question(before + moved.sql, {**moved.values, **counts.values, **others.values})


def _held_against(
    by: tuple[str, str], rules: tuple[str, str], selection: Selection, other: Selection, compared: int
) -> Question:
    sql = HELD_AGAINST.format(
        key=by[0],
        group=by[1],
        watched=selection.watched,
        own=f"{rules[0]} AND {_languages(selection)}",
        others=f"{rules[1]} AND {_languages(other, '_other')}",
    )
    values: dict[str, Value] = {
        "z": NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / max(1, compared)),
        "rule": selection.rule or ALL,
        "rule_other": other.rule or ALL,
        "languages": list(selection.languages),
        "languages_other": list(other.languages),
    }
    return Question(sql, values)


def _languages(selection: Selection, n: str = "") -> str:
    return f"list_contains($languages{n}, lang)" if selection.languages else "true"
