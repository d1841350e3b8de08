"""Ids of tweets that show what has moved; their texts stay in the scored table, where erasure reaches them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.drift.profile import Profile
from sentistream.drift.shape import shape
from sentistream.drift.verdict import Met
from sentistream.drift.words import among, words
from sentistream.drift.yardstick import places
from sentistream.lake.health.counting import INSTANT
from sentistream.lake.health.profiles import Version
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED

SHOWN = 5
LOOKED_AT = 5_000
"""Tweets that are looked through for examples, of the newest ones."""
BACK = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=400))
"""How far is looked back, until there are enough."""
READ = ("tweet_id", "text", "p_positive", "sentiment", "label", "lang")


def of(
    lake: Lake, version: Version, profile: Profile, met: Met, alarms: Sequence[str], until: datetime
) -> Mapping[str, tuple[int, ...]]:
    """Of each alarm, the tweets that show it best among the newest of a version."""
    tweets = _newest(lake, version, until)
    if not tweets.num_rows:
        return {}
    ids = tweets["tweet_id"].to_numpy()
    found = {}
    for alarm in alarms:
        shows = _shows(alarm, tweets, profile, met)
        best = np.argsort(-shows, kind="stable")[:SHOWN]
        found[alarm] = tuple(int(ids[place]) for place in best if shows[place] > 0)
    return found


def _newest(lake: Lake, version: Version, until: datetime) -> pa.Table:
    rows = lake.require(SCORED).to_pyarrow_dataset()
    own = (pc.field("model_name") == version[0]) & (pc.field("model_version") == version[1])
    tweets = pa.table({})
    for back in BACK:
        since = pa.scalar(until - back, INSTANT)
        tweets = rows.head(LOOKED_AT, columns=list(READ), filter=own & (pc.field("kafka_timestamp") >= since))
        if tweets.num_rows >= LOOKED_AT // 2:
            break
    return tweets


def _shows(alarm: str, tweets: pa.Table, profile: Profile, met: Met) -> npt.NDArray[np.float64]:
    """How much each tweet shows of what has moved; 0 is not at all."""
    texts, p = tweets["text"].combine_chunks().cast(pa.large_string()), tweets["p_positive"].to_numpy()
    seen, stick = shape(texts), profile.yardstick
    at, hashes = words(texts)
    grown = partial(_more, profile.counts, met.counts)
    found: npt.NDArray[Any]
    match alarm:
        case "empty":
            found = seen.empty
        case "escapes":
            found = seen.escaped
        case "entities":
            found = seen.entities
        case "languages":
            told = among(hashes, stick.telling)
            spoken = stick.language_of[np.searchsorted(stick.telling, hashes[told])]
            found = np.bincount(at[told], grown("spoken")[spoken], tweets.num_rows)
        case "words":
            # Of a tweet of one word all may be unknown, and it shows little.
            unknown = np.bincount(at, ~among(hashes, stick.known), tweets.num_rows)
            found = unknown / (np.bincount(at, minlength=tweets.num_rows) + 3)
        case "length":
            found = grown("lengths")[np.searchsorted(stick.length_edges, seen.characters, side="right")]
        case "scores":
            found = grown("scores")[np.searchsorted(stick.score_edges, p, side="right")]
        case "sentiments":
            found = grown("sentiments")[places(tweets["sentiment"])]
        case _:
            label, said = places(tweets["label"]), stick.answers(p, places(tweets["sentiment"]))
            found = np.isin(label, stick.classes) * (label != said) * (0.5 + np.abs(p - 0.5))
    return np.asarray(found, np.float64)


def _more(
    before: Mapping[str, npt.NDArray[np.int64]], now: Mapping[str, npt.NDArray[np.int64]], name: str
) -> npt.NDArray[np.float64]:
    """By how much the share of each bin has grown, 0 where it has not."""
    shares = [each[name] / max(int(each[name].sum()), 1) for each in (before, now)]
    return np.asarray(np.maximum(shares[1] - shares[0], 0.0), np.float64)
