"""Words that one group of texts has more often than another: log-odds with an informative Dirichlet prior.

Monroe, Colaresi and Quinn 2008, "Fightin' Words", Political Analysis 16(4), equations 16, 20 and 22: each word's log-odds in both groups, shrunk towards how
often all texts have it, so that neither a frequent word nor a rare one leads by chance; ranked by the difference in its standard deviations. A text counts
once however often it was tweeted, and a word once a text, so that no copied text makes its words look important.
"""

from dataclasses import dataclass
from statistics import NormalDist

from web_service.explore import counting
from web_service.explore.question import Question, Value
from web_service.explore.selection import Selection

PRIOR = 1_000
"""Words that the prior is worth: a word that is in a thousandth of all words gets one more in each group."""
LEAST_TEXTS = 5
"""With the word; below, its odds tell nothing."""
SHOWN = 20
"""Words of each group."""
CLEAR = NormalDist().inv_cdf(0.975)
"""Standard deviations; what is nearer to nothing is within its interval of 95 %."""
MOST_TEXTS = 50_000
"""Tweets whose texts are cut into words; of more, every so-many-th by its id."""
LINKS = r"https?://\S+|@\w+"
"""No words: an address, and whom a tweet is to."""
WORD = r"#?[\p{L}\p{M}\p{N}_]+(?:['’][\p{L}\p{M}]+)*|[\x{2600}-\x{27BF}\x{1F300}-\x{1FAFF}]"
"""What a word is, for RE2: letters and digits, also within an apostrophe or behind a #; an emoji. Where a language sets no spaces it is a run of them."""

OVER_REPRESENTED = """\
WITH texts AS (
{texts}
), words AS (
  SELECT side, unnest(list_distinct(regexp_extract_all(regexp_replace(lower(text), $links, ' ', 'g'), $word))) AS word
  FROM texts
), counted AS (
  SELECT word, count(*) FILTER (side = 1) AS first, count(*) FILTER (side = 2) AS second, count(*) AS texts
  FROM words
  GROUP BY word
), sizes AS (
  SELECT sum(first) AS n1, sum(second) AS n2, sum(texts) AS n FROM counted
), shrunk AS (
  SELECT word, first, second, texts, n1, n2, first + $prior * texts / n AS y1, second + $prior * texts / n AS y2
  FROM counted, sizes
  WHERE texts >= $least AND n1 > 0 AND n2 > 0
), told AS (
  SELECT word, first, second, texts,
         ln(y1 / (n1 + $prior - y1)) - ln(y2 / (n2 + $prior - y2)) AS log_odds,
         (ln(y1 / (n1 + $prior - y1)) - ln(y2 / (n2 + $prior - y2))) / sqrt(1 / y1 + 1 / y2) AS deviations
  FROM shrunk
)
SELECT word, first, second, texts, log_odds, deviations
FROM told
QUALIFY row_number() OVER (ORDER BY deviations DESC, word) <= $shown OR row_number() OVER (ORDER BY deviations, word) <= $shown
ORDER BY deviations DESC, word"""
OF_SENTIMENTS = """\
  SELECT DISTINCT text, CASE sentiment WHEN 'negative' THEN 1 WHEN 'positive' THEN 2 ELSE 0 END AS side
  FROM scored_tweets
  WHERE {conditions}"""
OF_TWO = """\
  SELECT DISTINCT text, 1 AS side
  FROM scored_tweets
  WHERE {conditions}
  UNION ALL
  SELECT DISTINCT text, 2 AS side
  FROM scored_tweets
  WHERE {others}"""


@dataclass(frozen=True)
class Sampled:
    """Which tweets' texts are cut into words: those whose id leaves `rest` when it is divided by `every`."""

    every: int = 1
    rest: int = 0

    @classmethod
    def of(cls, tweets: int, seed: int) -> "Sampled":
        """So that about `MOST_TEXTS` of that many tweets are."""
        if tweets <= MOST_TEXTS:
            return cls()
        # A snowflake's last bits say a machine and a sequence, which a divisor that is a power of two would choose by; a prime mixes in the time.
        every = _prime(-(-tweets // MOST_TEXTS))
        return cls(every, seed % every)


def of_sentiments(selection: Selection, sampled: Sampled, slices: counting.Slices = ()) -> Question:
    """Words of the selection's negative tweets (`first`) against those of its positive ones (`second`), among all its words (`texts`)."""
    wanted, values = _chosen(selection, sampled, "", slices)
    texts = OF_SENTIMENTS.format(conditions=wanted)
    return Question(OVER_REPRESENTED.format(texts=texts), values)


def of_two(
    selection: Selection,
    other: Selection,
    sampled: Sampled,
    slices: counting.Slices = (),
    other_slices: counting.Slices = (),
) -> Question:
    """Words of the one selection's tweets (`first`) against those of the other's (`second`); of both the watched sentiment alone where one is chosen."""
    wanted, values = _chosen(selection, sampled, "", slices)
    others, other_values = _chosen(other, sampled, "_other", other_slices)
    if selection.sentiment is not None:
        wanted, others = (f"{each} AND sentiment = $sentiment" for each in (wanted, others))
    sentiment: dict[str, Value] = {"sentiment": selection.sentiment or ""}
    texts = OF_TWO.format(conditions=wanted, others=others)
    return Question(OVER_REPRESENTED.format(texts=texts), {**values, **other_values, **sentiment})


def _chosen(selection: Selection, sampled: Sampled, n: str, slices: counting.Slices) -> tuple[str, dict[str, Value]]:
    wanted, values = counting.conditions(selection, n, slices, whole=True)
    if sampled.every > 1:
        wanted += " AND tweet_id % $every = $rest"
    constants: dict[str, Value] = {
        "every": sampled.every,
        "rest": sampled.rest,
        "links": LINKS,
        "word": WORD,
        "prior": PRIOR,
        "least": LEAST_TEXTS,
        "shown": SHOWN,
    }
    return wanted, {**values, **constants}


def _prime(least: int) -> int:
    """The first prime from there on."""
    while any(least % each == 0 for each in range(2, int(least**0.5) + 1)):
        least += 1
    return least
