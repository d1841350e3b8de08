"""The stream that is sent: record `index` of a seed is the same for whoever asks, so a killed producer can go back."""

import random
from dataclasses import dataclass
from itertools import count

from producer.record import Record
from sentistream.contracts.topic import POSITION_HEADER, SCHEMA, SCHEMA_HEADER, SOURCE_HEADER

MALFORMED_SHARE, DUPLICATE_SHARE, REUSED_SHARE = 0.02, 0.05, 0.01
BASE_ID = 1_500_000_000_000_000_000
BLOCK = 1000
"""Order is shuffled within blocks of this many records."""
NEAR = 5000
"""A duplicate repeats one of this many records before it; a reused id is that of one, with another text."""
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

    def tweet(self, index: int) -> tuple[int, str] | None:
        """The id and the text that a record carries; None for a malformed one."""
        draw = random.Random(f"{self.seed}/{index}")  # noqa: S311 - repeatable on purpose
        kind, number = draw.random(), index
        if kind < MALFORMED_SHARE:
            return None
        if kind < MALFORMED_SHARE + DUPLICATE_SHARE + REUSED_SHARE:
            number = max(index - draw.randint(1, NEAR), 0)
        return BASE_ID + number, self._text(number if kind < MALFORMED_SHARE + DUPLICATE_SHARE else index)

    def _text(self, number: int) -> str:
        return " ".join(random.Random(f"{self.seed}/{number}/text").choices(WORDS, k=12))  # noqa: S311 - repeatable

    def record(self, index: int) -> Record:
        """The record itself; its position is its index. The other text of a reused id may be in another partition."""
        tweet = self.tweet(index)
        draw = random.Random(f"{self.seed}/{index}/value")  # noqa: S311 - repeatable on purpose
        value = draw.choice(MALFORMED)
        key = index
        if tweet is not None:
            value = b'{"data": {"id": "%d", "text": "%s"}}' % (tweet[0], tweet[1].encode())
            key = index if tweet[1] != self._text(tweet[0] - BASE_ID) else tweet[0]
        headers = (
            (SCHEMA_HEADER, SCHEMA.encode()),
            (SOURCE_HEADER, b"synthetic"),
            (POSITION_HEADER, str(index).encode()),
        )
        return Record(str(key).encode(), value, headers)

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
