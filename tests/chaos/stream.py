"""The stream that is sent: record `index` of a seed is the same for whoever asks, so a killed producer can go back."""

import random
from dataclasses import dataclass
from itertools import count

from producer.record import Record
from sentistream.contracts.topic import POSITION_HEADER, SCHEMA, SCHEMA_HEADER, SOURCE_HEADER

MALFORMED_SHARE, DUPLICATE_SHARE = 0.02, 0.05
BASE_ID = 1_500_000_000_000_000_000
BLOCK = 1000
"""Order is shuffled within blocks of this many records."""
NEAR = 5000
"""A duplicate repeats one of this many records before it."""
MALFORMED = (
    b"not JSON",
    b'{"data": {"id": "1", "te',
    b'{"data": {"id": "1", "text": "\xff"}}',
    b'{"data": {"text": "no id"}}',
    b'{"data": {"id": "1", "text": " "}}',
)
WORDS = ("love", "hate", "happy", "sad", "great", "awful", "phone", "train", "song", "day", "not", "so", ":)", ":(")


@dataclass(frozen=True)
class Stream:
    """A seeded stream of `records` records."""

    seed: int
    records: int

    def tweet_id(self, index: int) -> int | None:
        """The id that a record carries; None for a malformed one."""
        draw = random.Random(f"{self.seed}/{index}")  # noqa: S311 - repeatable on purpose
        kind = draw.random()
        if kind < MALFORMED_SHARE:
            return None
        if kind < MALFORMED_SHARE + DUPLICATE_SHARE and index:
            return BASE_ID + max(index - draw.randint(1, NEAR), 0)
        return BASE_ID + index

    def record(self, index: int) -> Record:
        """The record itself; its position is its index."""
        tweet_id = self.tweet_id(index)
        draw = random.Random(f"{self.seed}/{index}/text")  # noqa: S311 - repeatable on purpose
        text = " ".join(draw.choices(WORDS, k=12))
        value = (
            draw.choice(MALFORMED)
            if tweet_id is None
            else b'{"data": {"id": "%d", "text": "%s"}}' % (tweet_id, text.encode())
        )
        headers = (
            (SCHEMA_HEADER, SCHEMA.encode()),
            (SOURCE_HEADER, b"synthetic"),
            (POSITION_HEADER, str(index).encode()),
        )
        return Record(str(tweet_id or index).encode(), value, headers)

    def order(self, start: int) -> "list[int] | range":
        """The indices from the block of `start` on, shuffled within each block."""
        indices: list[int] = []
        for block in count(start // BLOCK):
            within = list(range(block * BLOCK, min((block + 1) * BLOCK, self.records)))
            if not within:
                return indices
            random.Random(f"{self.seed}/{block}/order").shuffle(within)  # noqa: S311 - repeatable on purpose
            indices += within
        return indices
