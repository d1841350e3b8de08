"""Invented rows as the processor hands them to its sink, for the benchmarks of the tables."""

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sentistream.kafka.topic import Topic
from stream_processor.stream.finisher import stamped
from stream_processor.stream.parsing.parse import HEADERS

TOPIC = Topic("bench", "bench-id", (0,))
LANGUAGES = ("en", "es", "ja", "pt", "und")
LANGUAGE_SHARES = (0.5, 0.2, 0.15, 0.1, 0.05)
POPULAR, OTHERS = "popular", tuple(f"rule {number}" for number in range(9))


class ScoredRows:
    """Draws batches at consecutive offsets.

    Args:
        texts: what the tweets say, drawn at random.
        popular: the share of tweets that one rule matches; each other one matches a tenth of them.
    """

    def __init__(self, texts: list[str], popular: float = 0.1, seed: int = 7) -> None:
        self._draw = np.random.default_rng(seed)
        self._texts = pa.array(texts)
        self._popular = popular

    def batch(self, start: int, created_at: npt.NDArray[np.int64], now: datetime) -> pa.Table:
        """Rows at offsets from `start` on; `created_at` holds microseconds since 1970, which are the Kafka times as well."""
        rows, draw = len(created_at), self._draw
        numbers = np.arange(start, start + rows)
        probability = draw.random(rows)
        times = pa.array(created_at, pa.timestamp("us", tz="UTC"))
        constants = {
            "topic": pa.scalar(TOPIC.name),
            "partition": pa.scalar(0, pa.int32()),
            "model_name": pa.scalar("bench"),
            "model_version": pa.scalar(1, pa.int32()),
            "source": pa.scalar("synthetic"),
            "label": pa.scalar(None, pa.string()),
            "reason": pa.scalar(None, pa.string()),
        }
        columns = {
            "tweet_id": pa.array(numbers + 1),
            "author_id": pa.array(draw.integers(1, 1_000_000, rows)),
            "text": self._texts.take(pa.array(draw.integers(0, len(self._texts), rows))),
            "lang": pa.array(LANGUAGES).take(pa.array(draw.choice(len(LANGUAGES), rows, p=LANGUAGE_SHARES))),
            "created_at": times,
            "rules": self._rules(rows),
            "offset": pa.array(numbers),
            "kafka_timestamp": times,
            "p_positive": pa.array(probability),
            "sentiment": pa.array(["negative", "neutral", "positive"]).take(
                pa.array((probability > 0.4).astype(np.int8) + (probability >= 0.6))
            ),
            "ingest_date": times.cast(pa.date32()),
            "headers": pa.nulls(rows, HEADERS),
        }
        columns |= {name: pa.repeat(value, rows) for name, value in constants.items()}
        return stamped(pa.table(columns), now)

    def batch_of(self, start: int, rows: int, written_at: datetime) -> pa.Table:
        """That many rows at offsets from `start` on, all written, and scored, at one moment."""
        return self.batch(start, np.full(rows, int(written_at.timestamp() * 1e6)), written_at)

    def _rules(self, rows: int) -> pa.ListArray:
        """One or two rules a tweet: the popular one for its share, one of the others for a tenth of them each."""
        popular = self._draw.random(rows) < self._popular
        other = self._draw.integers(0, 10, rows)
        counts = popular.astype(np.int32) + (other < len(OTHERS))
        names = np.stack([np.where(popular, len(OTHERS), -1), np.where(other < len(OTHERS), other, -1)], axis=1).ravel()
        values = pa.array([*OTHERS, POPULAR]).take(pa.array(names[names >= 0]))
        return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)), values)
