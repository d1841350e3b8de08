"""Many texts scored by all cores, and every answer held to be probabilities."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from sentistream.errors import UserError
from sentistream.scoring import probabilities as checked
from sentistream.scoring import texts as given_texts
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import Probabilities

ROWS = 8192
"""Texts that a thread scores at a time."""
NOT_ITS_FAULT = (MemoryError, OSError, UserError)
"""What a scorer raises where the version is not to blame, or is named already."""


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def score(scorer: Scorer, texts: pa.LargeStringArray) -> Probabilities:
    """Texts that the stream would score → float64[texts, classes], each row a distribution.

    Raises:
        UnfitError: the scorer fails on some text, or says of one what is none.
    """
    try:
        found = scorer.score(texts)
    except NOT_ITS_FAULT:
        raise
    except Exception as wrong:  # it may quote the text
        model = scorer.version
        raise UnfitError(model, f"{model.uri} fails on some text ({type(wrong).__name__}).") from wrong
    checked.require(checked.of_positive(found), scorer.version)
    return found


def score_or_nan(scorer: Scorer, texts: pa.LargeStringArray) -> Probabilities:
    """Any texts → float64[texts, classes]; NaN where the stream would score none: a null, a blank one, and those that `tweet_text` refuses.

    Raises:
        UnfitError: as `score`.
    """
    lacking = np.fromiter(given_texts.faults(texts), np.int64)
    if not len(lacking):
        return score(scorer, texts)
    found = np.full((len(texts), len(scorer.classes)), np.nan)
    sound = np.ones(len(texts), np.bool_)
    sound[lacking] = False
    found[sound] = score(scorer, texts.filter(pa.array(sound)))
    return found


def score_on_cores(scorer: Scorer, texts: pa.LargeStringArray) -> Probabilities:
    """`score_or_nan` of many texts, by as many threads as there are cores."""
    parts = list(_parts(texts))
    if len(parts) < 2:
        return score_or_nan(scorer, texts)
    with ThreadPoolExecutor(cores(), "scoring") as pool:
        return np.concatenate(list(pool.map(lambda part: score_or_nan(scorer, part), parts)))


def _parts(texts: pa.LargeStringArray) -> Iterator[pa.LargeStringArray]:
    for begin in range(0, len(texts), ROWS):
        yield texts.slice(begin, ROWS)
