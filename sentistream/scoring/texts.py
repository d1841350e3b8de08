"""What is given to be scored → one column of strings, and which of its rows hold no text that the stream would score."""

from collections.abc import Iterable, Set
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts import tweet_text
from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS, TextFault

Given: TypeAlias = Any
"""A list, an Arrow array or chunked array, a column of pandas or Polars, an array of NumPy: whatever holds strings and nulls in an order."""
STRINGS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
VISIBLE = "[!-~\u00c0-\u024f\u0370-\u0fff\u3041-\ud7ff]"
"""A text with one of these is surely not blank."""


def column(given: Given) -> pa.LargeStringArray:
    """Whatever holds texts as one column; NaN and None of pandas are nulls.

    Raises:
        TypeError: it is one text, has no order, or holds what is no text.
        ValueError: a text has half a character, which UTF-8 can't hold.
    """
    if isinstance(given, str | bytes):
        raise TypeError("Texts are scored as a list: write [text] for one.")
    is_column = isinstance(given, Iterable) or hasattr(given, "__arrow_c_stream__")
    if isinstance(given, dict | Set) or not is_column or hasattr(given, "columns"):
        way = " (take one of its columns)" if hasattr(given, "columns") else ""
        raise TypeError(f"Texts are a list or a column of strings, and this is {type(given).__name__}{way}.")
    try:
        held = _arrow(given)
    except UnicodeEncodeError as half:
        raise ValueError("A text holds half of a pair of UTF-16, which is no character.") from half
    except (pa.ArrowInvalid, pa.ArrowTypeError) as mixed:
        raise TypeError("Some of the texts are no strings: give strings, and None where there is no text.") from mixed
    if not len(held):
        # Of whatever type: NumPy's is one of numbers.
        return pa.array([], pa.large_string())
    kind = held.type.value_type if pa.types.is_dictionary(held.type) else held.type
    if not any(is_kind(kind) for is_kind in STRINGS):
        raise TypeError(f"Texts are a list or a column of strings, and this holds {held.type}.")
    strings = held.cast(kind).cast(pa.large_string())
    return strings.combine_chunks() if isinstance(strings, pa.ChunkedArray) else strings


def faults(texts: pa.LargeStringArray) -> dict[int, TextFault | None]:
    """Row → why it is not scored, None for a null; rows that are scored are not in it."""
    unsure = np.flatnonzero(~_sure(texts))
    found: dict[int, TextFault | None] = {}
    for row, text in zip(unsure.tolist(), texts.take(pa.array(unsure)).to_pylist(), strict=True):
        wrong = None if text is None else tweet_text.fault(text)
        if text is None or wrong is not None:
            found[row] = wrong
    return found


def _arrow(given: Given) -> pa.Array | pa.ChunkedArray:
    if isinstance(given, pa.Array | pa.ChunkedArray):
        return given
    if hasattr(given, "to_arrow"):  # of Polars
        return given.to_arrow()
    if hasattr(given, "__arrow_c_stream__") and not hasattr(given, "to_numpy"):
        return pa.chunked_array(given)
    # What stands in for nothing in pandas is a null.
    return pa.array(given if hasattr(given, "__len__") else list(given), from_pandas=True)


def _sure(texts: pa.LargeStringArray) -> npt.NDArray[np.bool_]:
    """Which rows are surely scored."""
    checks = (
        pc.match_substring_regex(texts, VISIBLE),
        pc.less(pc.find_substring(texts, "\0"), 0),
        pc.less_equal(pc.binary_length(texts), MAX_TEXT_CHARACTERS),
    )
    sure: npt.NDArray[np.bool_] = np.ones(len(texts), np.bool_)
    for check in checks:
        sure &= pc.fill_null(check, False).to_numpy(zero_copy_only=False)
    return sure
