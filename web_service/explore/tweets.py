"""The tweets behind a number: the newest ones of a selection."""

from datetime import UTC, datetime

import numpy as np

from sentistream.lake.query.pinned import Files
from web_service.explore import counting
from web_service.explore.question import Question, Value
from web_service.explore.selection import Selection

LISTED = """\
SELECT tweet_id, created_at, lang, rules, sentiment, p_positive, model_version, text
FROM scored_tweets
WHERE {conditions}
ORDER BY created_at DESC, tweet_id DESC
LIMIT $shown"""
SHOWN = 50


def newest(selection: Selection, since: datetime) -> Question:
    """The newest tweets of a selection from `since` on; of its sentiment alone where it has one."""
    wanted, values = counting.conditions(selection, whole=True)
    if selection.sentiment is not None:
        wanted += " AND sentiment = $sentiment"
    also: dict[str, Value] = {"since": since, "sentiment": selection.sentiment or "", "shown": SHOWN}
    return Question(LISTED.format(conditions=wanted), {**values, **also})


def begin(files: Files, since: datetime, most_rows: int) -> datetime:
    """From when on the newest of these files hold every tweet, where at most so many rows are read; `since` where all may be."""
    order = np.argsort(files.latest)[::-1]
    left_out = order[np.cumsum(files.rows[order]) > most_rows]
    # The newest file is read, however large.
    left_out = left_out[left_out != order[0]] if len(order) else left_out
    if not len(left_out):
        return since
    latest: datetime = files.latest[left_out].max().astype("datetime64[s]").astype(datetime)
    return max(since, datetime.fromtimestamp(latest.replace(tzinfo=UTC).timestamp() + 1, UTC))
