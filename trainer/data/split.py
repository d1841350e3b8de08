"""Splits that measure on other rows than the project's own: on what was written last, or on other authors.

What the project keeps for promotion and test is not trained on or chosen by by them either.
"""

from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from sentistream.contracts.split import BOUNDS, BUCKETS, Part, part_of_normalised

RESERVED = "reserved"
"""A row of the project's test part that another split would train on or choose by: left out."""


class SplitBy(StrEnum):
    """What decides whether a row is measured on."""

    TEXT = "text"
    TIME = "time"
    AUTHOR = "author"


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
    """A row's part under another split: the project's promotion rows stay what they are, its test rows are never trained on or chosen by."""
    if fixed is Part.PROMOTION:
        return Part.PROMOTION
    if wanted is Part.TEST or (wanted is Part.VALIDATION and fixed is not Part.TEST):
        return wanted
    return RESERVED if fixed is Part.TEST else Part.TRAIN
