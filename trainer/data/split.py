"""The split: which rows a model trains on, and which are the holdout that it is measured on.

One fixed, project-wide split by the salted hash of the normalised text: near-copies of a tweet are on one side, and no
model has trained on another's promotion or test rows. A split by time or by author measures on other rows; what the
project keeps for promotion and test is then not trained on either.
"""

import hashlib
import html
import re
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

SALT = b"sentistream/split/1"
"""Fixed for the whole project, never a run's seed: no model has trained on another's test rows."""
BUCKETS = 100
LINKS_AND_NAMES = re.compile(r"(?:https?://|www\.)\S+|@\w+|\brt\b")
REPEATED = re.compile(r"(\w)\1+")
NOT_A_WORD = re.compile(r"[\W\d_]+")


class Part(StrEnum):
    """What a row is for."""

    TRAIN = "train"
    VALIDATION = "validation"
    PROMOTION = "promotion"
    TEST = "test"


class SplitBy(StrEnum):
    """What decides whether a row is measured on."""

    TEXT = "text"
    TIME = "time"
    AUTHOR = "author"


BOUNDS = ((80, Part.TRAIN), (85, Part.VALIDATION), (90, Part.PROMOTION), (BUCKETS, Part.TEST))
"""The first bucket that no longer belongs to each part: 80 % train, 5 % validation, 5 % promotion, 10 % test."""
RESERVED = "reserved"
"""A row of the project's test part that another split would train on: left out."""


def normalised(text: str) -> str:
    """What near-copies share: words in lower case without links, names, digits, punctuation and repeated letters."""
    bare = LINKS_AND_NAMES.sub(" ", html.unescape(text).lower())
    return REPEATED.sub(r"\1", NOT_A_WORD.sub(" ", bare)).strip()


def part_of(text: str) -> Part:
    """The part of the split that a text belongs to, the same in every run and program."""
    return part_of_normalised(normalised(text))


def part_of_normalised(words: str) -> Part:
    """The part of a text of which `normalised` has left these words."""
    digest = hashlib.sha256(SALT + words.encode("utf-8", "surrogatepass")).digest()
    bucket = int.from_bytes(digest[:8], "big") % BUCKETS
    return next(part for bound, part in BOUNDS if bucket < bound)


def by_author(parts: list[Part], authors: list[str]) -> list[str]:
    """Measure on authors that training has no tweet of: the author's hash decides instead of the text's."""
    return [
        _resplit(fixed, part_of_normalised(f"author {author}")) for fixed, author in zip(parts, authors, strict=True)
    ]


def by_time(parts: list[Part], moments: list[datetime]) -> list[str]:
    """Measure on what was written last: the rank decides instead of the hash, the newest tenth is the test part."""
    order: npt.NDArray[np.int64] = np.argsort(np.array(moments, "datetime64[us]"), kind="stable")
    found = [""] * len(parts)
    for rank, row in enumerate(order.tolist()):
        bucket = rank * BUCKETS // len(parts)
        found[row] = _resplit(parts[row], next(part for bound, part in BOUNDS if bucket < bound))
    return found


def _resplit(fixed: Part, wanted: Part) -> str:
    """A row's part under another split: the project's promotion rows stay what they are, its test rows are never trained on."""
    if fixed is Part.PROMOTION:
        return Part.PROMOTION
    if wanted in (Part.VALIDATION, Part.TEST):
        return wanted
    return RESERVED if fixed is Part.TEST else Part.TRAIN
