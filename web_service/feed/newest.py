"""The newest tweets of silver, as a page lists them."""

import heapq
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from sentistream.terminal import shown
from web_service.feed.window import microseconds

MOST = 12
"""Tweets that a page lists."""
CHARACTERS = 300
"""Of a text; the rest is left out."""
COLUMNS = ("tweet_id", "text", "lang", "sentiment", "p_positive", "kafka_timestamp", "partition", "offset")


@dataclass(frozen=True, order=True)
class Tweet:
    """One; later ones are greater."""

    at_us: int
    """Kafka time, microseconds since 1970."""
    partition: int
    offset: int
    tweet_id: int
    text: str
    """Cut, and made visible as everywhere."""
    lang: str
    sentiment: str
    p_positive: float
    file: str
    """That holds it."""

    @property
    def at(self) -> float:
        """Kafka time, seconds since 1970."""
        return self.at_us / 1_000_000

    def as_dict(self) -> dict[str, Any]:
        """For a page's script; an id is text, since it is longer than a number of JavaScript."""
        return {
            "id": str(self.tweet_id),
            "at": self.at,
            "text": self.text,
            "lang": self.lang,
            "sentiment": self.sentiment,
            "p_positive": round(self.p_positive, 4),
        }


class Newest:
    """The newest of the tweets that it was given."""

    def __init__(self) -> None:
        self._tweets: list[Tweet] = []
        """The newest one first."""

    def add(self, file: str, rows: pa.Table) -> None:
        """Take a file's newest.

        Args:
            file: its path.
            rows: `COLUMNS`.
        """
        self._tweets = heapq.nlargest(MOST, [*self._tweets, *_newest(file, rows)])

    def is_of(self, files: Collection[str]) -> bool:
        """Whether any of these files holds one of them."""
        return any(tweet.file in files for tweet in self._tweets)

    def all(self) -> list[Tweet]:
        """The newest one first."""
        return list(self._tweets)


def _newest(file: str, rows: pa.Table) -> list[Tweet]:
    order = [("kafka_timestamp", "descending"), ("partition", "descending"), ("offset", "descending")]
    chosen = rows.slice(0, 0) if not rows.num_rows else rows.take(pc.select_k_unstable(rows, MOST, order))
    times = microseconds(chosen["kafka_timestamp"]).tolist()
    return [
        Tweet(
            at,
            row["partition"],
            row["offset"],
            row["tweet_id"],
            shown(row["text"], CHARACTERS),
            shown(row["lang"]),
            row["sentiment"],
            row["p_positive"],
            file,
        )
        for at, row in zip(times, chosen.to_pylist(), strict=True)
    ]
