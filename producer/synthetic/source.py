"""Seeded records: the same seed gives the same ids and texts in the same order; only the times are the run's."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, count

import orjson

from producer.position import Position, Positions
from producer.record import Record, headers
from producer.synthetic.phrases import ENDINGS, MALFORMED, SHARES, WORDS

MAX_CHARACTERS = 280
PHRASES_MEAN, PHRASES_SPREAD = 0.75, 0.6
"""Of the logarithm of a tweet's number of phrases: half of the tweets have 30 to 80 characters, few come near 280."""
NEAR = 1000
"""A duplicate repeats one of this many tweets before it."""
LATE_MEAN_SECONDS = 3600.0
SEED_BITS, NUMBER_BITS = 20, 42
"""An id holds both, so that runs with different seeds share none."""


@dataclass(frozen=True)
class Shares:
    """Which part of the records is what; the rest are new, timely tweets."""

    duplicates: float = 0.0
    late: float = 0.0
    malformed: float = 0.0


class SyntheticSource:
    """Endless records."""

    def __init__(self, seed: int, shares: Shares, clock: Callable[[], float] = time.time) -> None:
        self._seed = seed
        self._shares = shares
        self._clock = clock
        self.positions = Positions([f"synthetic-{seed}"])
        self.read = 0

    def __iter__(self) -> Iterator[Record]:
        draw = random.Random(self._seed)  # noqa: S311 - repeatable on purpose
        languages, weights = list(SHARES), list(accumulate(SHARES.values()))
        shares, first = self._shares, (self._seed % (1 << SEED_BITS)) << NUMBER_BITS
        recent: deque[tuple[bytes, bytes]] = deque(maxlen=NEAR)
        for number in count(1):
            self.read = number
            kind, place = draw.random(), headers("synthetic", self.positions.written(Position(1, 0, number)))
            tweet_id = str(first + number)
            if kind < shares.malformed:
                yield Record(tweet_id.encode(), draw.choice(MALFORMED), place)
                continue
            if kind < shares.malformed + shares.duplicates and recent:
                key, value = draw.choice(recent)
                yield Record(key, value, place)
                continue
            late = kind < shares.malformed + shares.duplicates + shares.late
            written = self._clock() - (draw.expovariate(1 / LATE_MEAN_SECONDS) if late else 0.0)
            language = draw.choices(languages, cum_weights=weights)[0]
            data = {"id": tweet_id, "text": _text(draw, language), "created_at": _iso(written), "lang": language}
            data["author_id"] = str(draw.randrange(1, 1 << 40))
            value = orjson.dumps({"data": data})
            recent.append((tweet_id.encode(), value))
            yield Record(tweet_id.encode(), value, place, data["created_at"])


def _text(draw: random.Random, language: str) -> str:
    phrases = draw.choices(WORDS[language], k=1 + int(draw.lognormvariate(PHRASES_MEAN, PHRASES_SPREAD)))
    return (" ".join(phrases) + draw.choice(ENDINGS))[:MAX_CHARACTERS]


def _iso(moment: float) -> str:
    second = int(moment)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(second))}.{int((moment - second) * 1000):03d}Z"
