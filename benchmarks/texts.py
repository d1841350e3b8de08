"""What the benchmarks score: the texts of a labelled file, or invented ones of a tweet's length."""

import random
from pathlib import Path

from sentistream.files import reading
from sentistream.files.rows import TweetRow

WORDS = """
the a of to and in is it you that he was for on are with as his they be at one have this from or had
by not but some what there we can out other were all your when up use word how said an each she good
bad love hate happy sad great awful train phone song day http://t.co/x @friend :) :( !!! don't
"""


def texts(data: Path | None, seed: int = 7, invented: int = 20_000) -> list[str]:
    """The texts of a file in its order, or seeded random ones."""
    if data is not None:
        return [row.text for row in reading.labelled(data) if isinstance(row, TweetRow)]
    words = WORDS.split()
    draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
    return [" ".join(draw.choices(words, k=draw.randint(3, 22))) for _ in range(invented)]
