"""What gold must hold, counted from the scored table row by row in plain Python."""

from collections import defaultdict
from datetime import datetime

import orjson
import pytest

from sentistream.lake.lake import Lake
from sentistream.lake.tables import PER_MINUTE, SCORED

Key = tuple[datetime, str, str]
Counts = tuple[int, int, int, int]


def tweet_at(number: int, created_at: str, lang: str = "en", rules: tuple[str, ...] = ()) -> bytes:
    """A tweet as X writes it; the text says no more than its number."""
    data = {"id": str(number), "text": f"tweet {number}", "created_at": created_at, "lang": lang}
    return orjson.dumps({"data": data, "matching_rules": [{"id": rule, "tag": rule} for rule in rules]})


def gold_of(lake: Lake) -> dict[Key, tuple[Counts, float]]:
    """Minute, language and rule → tweets, negative, neutral, positive, and the mean; each key once."""
    rows = lake.require(PER_MINUTE).to_pyarrow_table().to_pylist()
    found = {
        (row["window_start"], row["lang"], row["rule"]): (
            (row["tweets"], row["negative"], row["neutral"], row["positive"]),
            row["mean_p_positive"],
        )
        for row in rows
    }
    assert len(found) == len(rows)
    assert all(row["window_date"] == row["window_start"].date() for row in rows)
    return found


def tweets_in_gold(lake: Lake) -> int:
    return sum(counts[0] for (_, _, rule), (counts, _) in gold_of(lake).items() if rule == "*")


def counted_of_silver(lake: Lake) -> dict[Key, tuple[Counts, float]]:
    """The same, counted from the scored table as it is now."""
    scores: dict[Key, list[tuple[str, float]]] = defaultdict(list)
    columns = ["created_at", "lang", "rules", "sentiment", "p_positive"]
    for row in lake.require(SCORED).to_pyarrow_table(columns=columns).to_pylist():
        for rule in {*row["rules"], "*"}:
            minute = row["created_at"].replace(second=0, microsecond=0)
            scores[minute, row["lang"], rule].append((row["sentiment"], row["p_positive"]))
    counted = {}
    for key, of_key in scores.items():
        sentiments = [sentiment for sentiment, _ in of_key]
        negative, neutral, positive = (sentiments.count(name) for name in ("negative", "neutral", "positive"))
        counted[key] = ((len(of_key), negative, neutral, positive), sum(p for _, p in of_key) / len(of_key))
    return counted


def differences(lake: Lake) -> set[Key]:
    """The keys that gold lacks, has beyond silver's, or has other numbers for."""
    gold, counted = gold_of(lake), counted_of_silver(lake)
    return {
        key
        for key in gold.keys() | counted.keys()
        if key not in gold
        or key not in counted
        or gold[key][0] != counted[key][0]
        or gold[key][1] != pytest.approx(counted[key][1], rel=1e-9)
    }


def require_gold_is_silver(lake: Lake) -> int:
    """Compare gold with the scored table as it is now; its rows."""
    assert differences(lake) == set()
    rows: int = lake.require(SCORED).to_pyarrow_table(columns=["tweet_id"]).num_rows
    assert tweets_in_gold(lake) == rows
    return rows
