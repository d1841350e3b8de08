"""The questions whose answers the Live page shows, as SQL of `sentistream lake query`."""

from web_service.feed.state import State
from web_service.feed.window import STEP
from web_service.pages.figures import iso

WITHIN = """WHERE ingest_date BETWEEN DATE '{first_day}' AND DATE '{last_day}'
  AND kafka_timestamp >= TIMESTAMPTZ '{first}' AND kafka_timestamp < TIMESTAMPTZ '{end}'"""
SHARES = """-- Tweets of each sentiment in steps of {step} s of Kafka time (UTC), and the version that scored a step's last tweet.
-- Of silver/scored_tweets at version {version}: sentistream lake query --as-of {version} "…"
SELECT
  time_bucket(INTERVAL '{step} seconds', kafka_timestamp, TIMESTAMPTZ '1970-01-01 00:00:00Z') AS step_start,
  count(*) AS tweets,
  count(*) FILTER (sentiment = 'negative') AS negative,
  count(*) FILTER (sentiment = 'neutral') AS neutral,
  count(*) FILTER (sentiment = 'positive') AS positive,
  arg_max(model_name, (kafka_timestamp, model_version)) AS model_name,
  arg_max(model_version, (kafka_timestamp, model_version)) AS model_version
FROM scored_tweets
{within}
GROUP BY step_start
ORDER BY step_start
"""
NEWEST = """-- The newest tweets of silver/scored_tweets at version {version}: sentistream lake query --as-of {version} "…"
SELECT tweet_id, kafka_timestamp, lang, sentiment, p_positive, text
FROM scored_tweets
{within}
ORDER BY kafka_timestamp DESC, "partition" DESC, "offset" DESC, tweet_id DESC
LIMIT {most}
"""


def shares(state: State) -> str:
    """The chart and the table below it; the figures at the top are sums of it."""
    return SHARES.format(step=STEP, version=_version(state), within=_within(state))


def newest(state: State, most: int) -> str:
    """The list of tweets."""
    return NEWEST.format(version=_version(state), within=_within(state), most=most)


def _version(state: State) -> int:
    return dict(state.versions)["silver"]


def _within(state: State) -> str:
    """Numbers of our own, written as times: no foreign text comes into a statement."""
    first, end = iso(state.first), iso(state.end)
    return WITHIN.format(first_day=first[:10], last_day=end[:10], first=first, end=end)
