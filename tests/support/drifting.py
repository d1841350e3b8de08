"""Invented tweets of an invented language, and the profile of a version that was trained on it."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sentistream.contracts import split
from sentistream.contracts.labels import POLAR, LabelMap
from sentistream.drift import profile
from sentistream.drift.profile import Profile
from sentistream.drift.verdict import Met
from sentistream.drift.yardstick import Yardstick

TELLING = {"wonderful": "en", "terrible": "en", "merveilleux": "fr", "affreux": "fr"}
SYLLABLES = ("ba", "co", "du", "fe", "gi", "la", "mo", "ni", "po", "ra", "se", "ti")


def vocabulary(size: int, ending: str = "") -> list[str]:
    """Different words."""
    base = len(SYLLABLES)
    return [
        SYLLABLES[place % base] + SYLLABLES[place // base % base] + SYLLABLES[place // base**2 % base] + ending
        for place in range(size)
    ]


def tweets(
    drawn: np.random.Generator,
    number: int,
    *,
    words: Sequence[str],
    telling: Sequence[str] = ("wonderful", "terrible"),
    positive: float = 0.5,
) -> pa.Table:
    """Tweets with scores and labels, of words that are the rarer the later they come; right in 8 of 10 cases."""
    weights = 1 / np.arange(10, 10 + len(words))
    lengths = drawn.integers(4, 20, number)
    chosen = drawn.choice(len(words), int(lengths.sum()), p=weights / weights.sum())
    texts, at = [], 0
    for length in lengths:
        said = [words[place] for place in chosen[at : at + length]]
        if drawn.random() < 0.2:
            said.append(str(drawn.choice(telling)))
        texts.append(" ".join(said))
        at += length
    is_positive = drawn.random(number) < positive
    is_right = drawn.random(number) < 0.8
    sure = drawn.uniform(0.6, 1.0, number)
    p = np.where(is_positive == is_right, sure, 1 - sure)
    return pa.table(
        {
            "text": texts,
            "p_positive": p,
            "sentiment": np.where(p >= 0.6, "positive", "negative").tolist(),
            "label": np.where(is_positive, "positive", "negative").tolist(),
        }
    )


def without_labels(rows: pa.Table) -> pa.Table:
    """As they come from X."""
    return rows.set_column(rows.column_names.index("label"), "label", pa.nulls(rows.num_rows, pa.string()))


def made(rows: int = 2_000, seed: int = 1) -> Profile:
    """The profile of a two-class version of that language."""
    drawn = np.random.default_rng(seed)
    words = vocabulary(1_500)
    training = tweets(drawn, 8_000, words=words)["text"]
    return profile.of(LabelMap(POLAR), split.NAME, training, tweets(drawn, rows, words=words), TELLING)


def met(yardstick: Yardstick, of: pa.Table) -> Met:
    """What a version meets in tweets, counted by a yardstick."""
    counts, confidence = yardstick.counted(np.zeros(of.num_rows, np.int64), 1, of, np.arange(of.num_rows))
    return Met(of.num_rows, {name: each[0] for name, each in counts.items()}, float(confidence[0]) / of.num_rows)
