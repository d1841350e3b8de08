"""What can be seen of a text without a model: its length, and whether it is empty, escaped twice, or holds entities."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Flags = npt.NDArray[np.bool_]
ESCAPES = r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[nrt\"']|:\\/\\/|&amp;(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9a-fA-F]{1,5});"
"""What is there once too often: an escape of JSON or of a programming language, or an entity of an entity."""
ENTITIES = r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9a-fA-F]{1,5});"
"""X itself writes &amp;, &lt; and &gt;: their share is watched, not their presence."""
LINK_OR_NAME = r"(?:https?://|www\.)\S+|@\w+"
SAYS_SOMETHING = r"[\p{L}\p{N}\p{S}]"
"""A letter, a digit, an emoji or another symbol."""


@dataclass(frozen=True)
class Shape:
    """One entry a text."""

    characters: npt.NDArray[np.int64]
    empty: Flags
    """Nothing is left of it but links, names and punctuation."""
    escaped: Flags
    entities: Flags


def shape(texts: pa.Array) -> Shape:
    """Texts without nulls → their shape."""
    bare = pc.replace_substring_regex(texts, LINK_OR_NAME, " ")
    says = pc.match_substring_regex(bare, SAYS_SOMETHING)
    return Shape(
        pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int64),
        ~_flags(says),
        _flags(pc.match_substring_regex(texts, ESCAPES)),
        _flags(pc.match_substring_regex(texts, ENTITIES)),
    )


def _flags(found: pa.Array) -> Flags:
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
