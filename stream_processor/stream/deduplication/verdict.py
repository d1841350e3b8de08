"""Judges the tweets of a batch: which are new, which the lake has, and which carry the id of another tweet."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sentistream import tweet_form
from sentistream.tweet_form import fingerprint
from sentistream.tweet_form.fingerprint import Fingerprints, Likeness
from stream_processor.stream.deduplication.recent_ids import Ids, Known, RecentIds

Mask = npt.NDArray[np.bool_]
LookUp = Callable[[Collection[int], datetime, datetime], dict[int, list[str]]]
"""Ids, and the Kafka times between which they came → the texts of each that was found."""


@dataclass(frozen=True)
class Verdict:
    """For each tweet what it is; one that is neither is new."""

    is_duplicate: Mask
    is_reused: Mask
    """It has the id of a tweet with another text."""
    fingerprints: Fingerprints


def judge(ids: Ids, texts: pa.Array, recent: RecentIds, look_up: LookUp) -> Verdict:
    """Judge tweets by the window, and by the earlier ones among themselves; each is held against the first of its id.

    Args:
        ids: in the order in which they came.
        texts: of the same length, strings.
        recent: the window.
        look_up: asked for the texts that fingerprints can't tell apart. What it doesn't find is taken for another text, since a dead letter keeps its
            bytes and a duplicate is gone.
    """
    forms = tweet_form.normal(texts)
    fingerprints = fingerprint.of(forms)
    is_known, is_duplicate = np.zeros(len(ids), np.bool_), np.zeros(len(ids), np.bool_)
    unsure: list[tuple[npt.NDArray[np.int64], Known]] = []
    for known in recent.known(ids):
        likeness = fingerprint.compare(known.fingerprints, forms.take(pa.array(known.rows)))
        is_known[known.rows] = True
        is_duplicate[known.rows[likeness == Likeness.SAME]] = True
        unsure.append((known.rows[likeness == Likeness.UNSURE], known))
    for row in _same_in_table(unsure, is_duplicate, ids, forms, look_up):
        is_duplicate[row] = True
    repeated, first = _repeated(ids, is_known)
    likeness = fingerprint.compare(fingerprints[first], forms.take(pa.array(repeated)))
    for at in np.flatnonzero(likeness == Likeness.UNSURE):
        is_same = tweet_form.is_same_tweet(forms[int(repeated[at])].as_py(), forms[int(first[at])].as_py())
        likeness[at] = Likeness.SAME if is_same else Likeness.OTHER
    is_known[repeated] = True
    is_duplicate[repeated[likeness == Likeness.SAME]] = True
    return Verdict(is_duplicate, is_known & ~is_duplicate, fingerprints)


def _same_in_table(
    unsure: list[tuple[npt.NDArray[np.int64], Known]], is_duplicate: Mask, ids: Ids, forms: pa.Array, look_up: LookUp
) -> list[int]:
    """The rows whose text, as the scored table has it, is the same tweet's."""
    asked = [(rows[~is_duplicate[rows]], known) for rows, known in unsure]
    asked = [(rows, known) for rows, known in asked if len(rows)]
    if not asked:
        return []
    rows = np.unique(np.concatenate([rows for rows, _ in asked]))
    earliest, latest = min(known.earliest for _, known in asked), max(known.latest for _, known in asked)
    found = look_up(set(ids[rows].tolist()), earliest, latest)
    normal = {number: tweet_form.normal(pa.array(texts, pa.string())).to_pylist() for number, texts in found.items()}
    return [
        row
        for row in rows.tolist()
        if any(tweet_form.is_same_tweet(forms[row].as_py(), text) for text in normal.get(int(ids[row]), ()))
    ]


def _repeated(ids: Ids, is_known: Mask) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The rows that repeat an id which is new to the lake, and for each the first row of it."""
    new = np.flatnonzero(~is_known)
    order = new[np.argsort(ids[new], kind="stable")]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = ids[order[1:]] != ids[order[:-1]]
    first = order[np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))]
    return order[~is_first], first[~is_first]
