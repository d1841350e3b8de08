"""A lake with tweets that can be counted by hand, silver and gold."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from sentistream.lake.lake import Lake
from sentistream.lake.schema.create import create
from sentistream.lake.tables import SCORED
from stream_processor.tables.gold import Gold

BEGIN = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
HOURS = 3
END = BEGIN + timedelta(hours=HOURS)
TRICKY_RULE = 'it\'s $since; -- "all"'
RULES = (["metro"], ["metro", TRICKY_RULE], [], ["strike"])
LANGUAGES = ("en", "es", "ja")
TEXTS = {
    "negative": ("the TRAIN is late again, awful", "awful strike and no train", "el tren es horrible ¿$keyword?"),
    "neutral": ("a train runs", "it's noon"),
    "positive": ("what a lovely train ride", "lovely sun", "=lovely(1)", "un día lovely"),
}
P_POSITIVE = {"negative": 0.1, "neutral": 0.5, "positive": 0.9}
Row = dict[str, Any]


def rows(number: int = 3_000, seed: int = 3) -> list[Row]:
    """Invented rows in the order of time, from `BEGIN` up to `END`; the last hour is more negative."""
    draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
    made = []
    for each in range(number):
        moment = BEGIN + (END - BEGIN) * each / number
        is_late = moment >= END - timedelta(hours=1)
        rules = draw.choice(RULES)
        weights = (8, 1, 1) if is_late and "strike" in rules else (3, 2, 4)
        sentiment = draw.choices(tuple(TEXTS), weights)[0]
        made.append(
            {
                "tweet_id": each + 1,
                "author_id": None,
                "text": f"{draw.choice(TEXTS[sentiment])} {draw.randrange(400)}",
                "lang": draw.choice(LANGUAGES),
                "created_at": moment,
                "rules": rules,
                "topic": "tweets",
                "partition": 0,
                "offset": each,
                "kafka_timestamp": moment,
                "p_positive": P_POSITIVE[sentiment],
                "sentiment": sentiment,
                "model_name": "tweet-sentiment",
                "model_version": 1 if moment < BEGIN + timedelta(hours=2) else 2,
                "scored_at": moment,
                "source": "synthetic",
                "label": None,
                "ingest_date": moment.date(),
            }
        )
    return made


def explored_lake(folder: Path, tweets: list[Row] | None = None, commits: int = 6, gold: bool = True) -> Lake:
    """A lake that holds these rows in so many files, one after the other in time."""
    lake = Lake(str(folder))
    schema = pa.schema(create(lake, SCORED).schema().to_arrow())
    tweets = rows() if tweets is None else tweets
    each = -(-len(tweets) // commits)
    for start in range(0, len(tweets), each):
        write_deltalake(
            lake.location(SCORED), pa.Table.from_pylist(tweets[start : start + each], schema=schema), mode="append"
        )
    if gold:
        keeper = Gold(lake)
        keeper.update()
        keeper.finish()
    return lake
