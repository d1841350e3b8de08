"""The project's split: which labelled rows a version may be trained on, and which are the holdout that it is measured on.

Fixed, by the salted hash of the normalised text: near-copies of a tweet are on one side, and no version of ours was trained on a row of the holdout.
"""

import hashlib
import html
import re
from enum import StrEnum

NAME = "sentistream/split/1"
"""Of this split, in a version's tag `split` (perhaps followed by ` by time` or ` by author`): it was trained on no row of the holdout."""
SALT = NAME.encode()
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
HOLDOUT = (Part.PROMOTION, Part.TEST)
"""The parts that no version was trained on or chosen by."""


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


def is_kept_by(tag: str) -> bool:
    """Whether a version with this tag `split` was trained on no row of the holdout; without one it can't be known."""
    return tag == NAME or tag.startswith(f"{NAME} by ")
