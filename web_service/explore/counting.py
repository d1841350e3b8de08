"""How many tweets of each time, language and rule a selection has: what all charts of a page are drawn from, asked once.

Gold has these counts for any range; where a keyword or a version is asked for, silver's tweets are counted in gold's way. Both questions answer with the
columns of `COLUMNS`. They leave the filters by language and rule out, which `charts` puts on, so that another language is a click and not a scan.
"""

from datetime import datetime, timedelta
from typing import TypeAlias

from web_service.explore.question import Question, Value
from web_service.explore.selection import Selection

COLUMNS = ("moment", "lang", "rule", "tweets", "negative", "neutral", "positive")
Slices: TypeAlias = tuple[tuple[datetime, datetime], ...]
"""Times of a range, each from its first moment up to but not including its second."""
STEPS = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 360, 1_440, 10_080))
MOST_POINTS = 200
"""Of a line over time."""
HOUR = timedelta(hours=1)

FROM_GOLD = """\
  SELECT to_timestamp(epoch_us(window_start) // 1000000 // $granule{n} * $granule{n}) AS moment, lang, rule,
         sum(tweets)::BIGINT AS tweets, sum(negative)::BIGINT AS negative, sum(neutral)::BIGINT AS neutral, sum(positive)::BIGINT AS positive
  FROM sentiment_per_minute
  WHERE window_start >= $since{n} AND window_start < $until{n}
  GROUP BY ALL"""
FROM_SILVER = """\
  SELECT moment, lang, rule,
         sum(tweets)::BIGINT AS tweets, sum(negative)::BIGINT AS negative, sum(neutral)::BIGINT AS neutral, sum(positive)::BIGINT AS positive
  FROM (
    SELECT moment, lang, unnest(list_distinct(list_append(rules, '*'))) AS rule, tweets, negative, neutral, positive
    FROM (
      SELECT to_timestamp(epoch_us(created_at) // 1000000 // $granule{n} * $granule{n}) AS moment, lang, rules, count(*) AS tweets,
             count(*) FILTER (sentiment = 'negative') AS negative, count(*) FILTER (sentiment = 'neutral') AS neutral,
             count(*) FILTER (sentiment = 'positive') AS positive
      FROM scored_tweets
      WHERE {conditions}
      GROUP BY ALL
    )
  )
  GROUP BY ALL"""


def step(selection: Selection) -> timedelta:
    """How far two points of the line over time are apart."""
    return next((each for each in STEPS if selection.length / each <= MOST_POINTS), STEPS[-1])


def granule(selection: Selection) -> timedelta:
    """How finely time is counted: the hours of the day have to be told apart."""
    return min(step(selection), HOUR)


def counts(selection: Selection, from_gold: bool, n: str = "", slices: Slices = ()) -> Question:
    """The counts of a selection's range, keyword and version, whatever its language and rule.

    Args:
        selection: what is counted.
        from_gold: ask gold, which can't tell keywords and versions; else silver.
        n: ends the names of the places, for a statement that counts two selections.
        slices: of the range these times alone; only of silver.
    """
    values: dict[str, Value] = {f"granule{n}": int(granule(selection).total_seconds())}
    if from_gold:
        values |= {f"since{n}": selection.since, f"until{n}": selection.until}
        return Question(FROM_GOLD.format(n=n), values)
    wanted, bound = conditions(selection, n, slices)
    return Question(FROM_SILVER.format(n=n, conditions=wanted), values | bound)


def conditions(
    selection: Selection, n: str = "", slices: Slices = (), whole: bool = False
) -> tuple[str, dict[str, Value]]:
    """What holds of a tweet in silver that is selected, and the values for its places.

    Args:
        selection: as it is.
        n: as in `counts`.
        slices: as in `counts`.
        whole: with the filters by language and rule, too.
    """
    wanted, values = _times(selection, n, slices)
    if selection.keyword is not None:
        wanted.append(f"contains(lower(text), lower($keyword{n}))")
        values[f"keyword{n}"] = selection.keyword
    if selection.version is not None:
        wanted.append(f"model_version = $version{n}")
        values[f"version{n}"] = selection.version
    if whole and selection.languages:
        wanted.append(f"list_contains($languages{n}, lang)")
        values[f"languages{n}"] = list(selection.languages)
    if whole and selection.rule is not None:
        wanted.append(f"list_contains(rules, $rule{n})")
        values[f"rule{n}"] = selection.rule
    return " AND ".join(wanted), values


def _times(selection: Selection, n: str, slices: Slices) -> tuple[list[str], dict[str, Value]]:
    if not slices:
        return [f"created_at >= $since{n} AND created_at < $until{n}"], {
            f"since{n}": selection.since,
            f"until{n}": selection.until,
        }
    values: dict[str, Value] = {}
    times = []
    for number, (begin, end) in enumerate(slices):
        # Names of places are letters.
        name = f"{n}_{_letters(number)}"
        values |= {f"since{name}": begin, f"until{name}": end}
        times.append(f"(created_at >= $since{name} AND created_at < $until{name})")
    return [f"({' OR '.join(times)})"], values


def _letters(number: int) -> str:
    return chr(ord("a") + number // 26) + chr(ord("a") + number % 26)
