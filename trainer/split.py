"""One fixed, project-wide split by the hash of the normalised text: near-copies of a tweet are on one side."""

import hashlib
import html
import re
from enum import StrEnum

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


BOUNDS = ((80, Part.TRAIN), (85, Part.VALIDATION), (90, Part.PROMOTION), (BUCKETS, Part.TEST))
"""The first bucket that no longer belongs to each part: 80 % train, 5 % validation, 5 % promotion, 10 % test."""


def normalised(text: str) -> str:
    """What near-copies share: words in lower case without links, names, digits, punctuation and repeated letters."""
    bare = LINKS_AND_NAMES.sub(" ", html.unescape(text).lower())
    return REPEATED.sub(r"\1", NOT_A_WORD.sub(" ", bare)).strip()


def part_of(text: str) -> Part:
    """The part of the split that a text belongs to, the same in every run and program."""
    digest = hashlib.sha256(SALT + normalised(text).encode("utf-8", "surrogatepass")).digest()
    bucket = int.from_bytes(digest[:8], "big") % BUCKETS
    return next(part for bound, part in BOUNDS if bucket < bound)
