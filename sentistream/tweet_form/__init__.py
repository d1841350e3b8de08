"""The normal form of a tweet's text, by which one tweet is known again in another form: with other entities, links or white space, or cut short.

Every beginning of a text has a normal form that the text's own begins with, or that begins with it, so a cut at any character is known again. Of links
only that there is one counts, since X writes `https://t.co/…` where others write what it stands for.
"""

import numpy as np
import pyarrow as pa

from sentistream.tweet_form import kernel


def normal(texts: pa.Array) -> pa.Array:
    """The normal form of each text (strings without nulls), never longer than it in UTF-8, and empty only where it is."""
    data, bounds = kernel.utf8(texts)
    forms, ends = np.empty(len(data), np.uint8), np.zeros(len(bounds), np.int32)
    kernel.write_forms(data, bounds, forms, ends)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(forms[: ends[-1]]))


def is_same_tweet(one: str, other: str) -> bool:
    """Whether two normal forms are those of one tweet: equal, or one is the other's beginning."""
    return one.startswith(other) or other.startswith(one)
