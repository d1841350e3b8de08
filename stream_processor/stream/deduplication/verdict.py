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
    is_duplicate, is_reused = np.zeros(len(ids), np.bool_), np.zeros(len(ids), np.bool_)
    known = recent.known(ids)
    is_reused[[each.row for each in known]] = True
    unsure: list[Known] = []
    for each in known:
        likeness = Likeness.SAME
        if each.fingerprint != fingerprints[each.row]:
            likeness = fingerprint.compare(each.fingerprint, forms[each.row].as_py())
        if likeness is Likeness.SAME:
            is_duplicate[each.row] = True
        elif likeness is Likeness.UNSURE:
            unsure.append(each)
    unsure = [each for each in unsure if not is_duplicate[each.row]]
    for row in _same_in_table(unsure, ids, forms, look_up):
        is_duplicate[row] = True
    for row, first in _repeated(ids, is_reused):
        same = tweet_form.is_same_tweet(forms[row].as_py(), forms[first].as_py())
        (is_duplicate if same else is_reused)[row] = True
    return Verdict(is_duplicate, is_reused & ~is_duplicate, fingerprints)


def _same_in_table(unsure: list[Known], ids: Ids, forms: pa.Array, look_up: LookUp) -> list[int]:
    """The rows whose text, as the scored table has it, is the same tweet's."""
    if not unsure:
        return []
    asked = {int(ids[each.row]) for each in unsure}
    found = look_up(asked, min(each.earliest for each in unsure), max(each.latest for each in unsure))
    normal = {number: tweet_form.normal(pa.array(texts, pa.string())).to_pylist() for number, texts in found.items()}
    return [
        each.row
        for each in unsure
        if any(tweet_form.is_same_tweet(forms[each.row].as_py(), text) for text in normal.get(int(ids[each.row]), ()))
    ]


def _repeated(ids: Ids, is_known: Mask) -> list[tuple[int, int]]:
    """The rows that repeat an id which is new to the lake, each with the first row of it."""
    new = np.flatnonzero(~is_known)
    order = new[np.argsort(ids[new], kind="stable")]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = ids[order[1:]] != ids[order[:-1]]
    first = order[np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))]
    return list(zip(order[~is_first].tolist(), first[~is_first].tolist(), strict=True))
