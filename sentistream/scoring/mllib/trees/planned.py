"""A saved tree or forest over counts, as what its nodes ask for: a few counts, packed into the bits of margins, and bounds of them.

The linear kernel adds up weights. Where the weight of an n-gram is a power of two, its sum is the count, beside those of others: sums below
2^53 are exact, in whatever order they are made. So trees need no text kernel of their own.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sentistream.scoring.mllib import forms, parquet, saved
from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.linear import Affine, Features
from sentistream.scoring.mllib.ngrams import Vectoriser
from sentistream.scoring.mllib.saved import Stage
from sentistream.scoring.mllib.trees.walk import Trees
from sentistream.scoring.mllib.vectors import Floats

BITS = 52
"""Of a margin; a float64 has 53."""
COUNT_BITS = 26
"""Of a count where an n-gram may count more than once: a text of `LONGEST_TEXT` bytes has no more tokens."""
LONGEST_TEXT = (1 << COUNT_BITS) - 1
MOST_WEIGHTS = 1 << 24
"""Margins times n-grams (or buckets) that are kept; the grid's largest forest has 5 million."""
NEVER = (1, 0)
"""Bounds that no count is within."""


def planned(stage: Stage, features: Features, vectorisers: Sequence[Vectoriser]) -> tuple[Affine, Trees]:
    """The counts that a tree or a forest asks for, packed into margins, and its nodes.

    Args:
        stage: a tree's or a forest's, whose nodes are sound.
        features: what it takes.
        vectorisers: what counts them.

    Raises:
        CannotCompileError: it asks for too much, or for what a count doesn't tell exactly.
    """
    nodes, roots = _nodes(stage)
    left, right = (nodes[name].to_numpy().astype(np.int32) for name in ("leftChild", "rightChild"))
    inner = np.flatnonzero(left >= 0)
    splits = nodes["split"].combine_chunks()
    asked = splits.field("featureIndex").to_numpy(zero_copy_only=False)[inner]
    slots, which = np.unique(
        np.stack([features.vectoriser[asked], features.slot[asked]], axis=1), axis=0, return_inverse=True
    )
    which = which.reshape(-1)
    bits = np.array([_bits(vectorisers[number]) for number in slots[:, 0].tolist()], np.int64)
    margins, shifts = _packed(bits)
    counts = _counts(slots, margins, shifts, vectorisers)
    bounds = np.zeros((len(left), 2), np.int64)
    written = splits.take(pa.array(inner)).to_pylist()
    for at, split, feature, most in zip(inner, written, asked, (1 << bits[which]) - 1, strict=True):
        bounds[at] = _to_the_left(split, float(features.scale[feature]), int(most), features.scalings)
    margin, shift, mask = np.zeros(len(left), np.int32), np.zeros(len(left), np.int64), np.zeros(len(left), np.int64)
    margin[inner], shift[inner], mask[inner] = margins[which], shifts[which], (1 << bits[which]) - 1
    offsets = np.repeat(roots, np.diff([*roots, len(left)]))
    left, right = (np.where(each >= 0, each + offsets, -1).astype(np.int32) for each in (left, right))
    low, high = (np.ascontiguousarray(each) for each in bounds.T)
    return counts, Trees(roots, left, right, margin, shift, mask, low, high, _shares(nodes, stage.more["numClasses"]))


def _nodes(stage: Stage) -> tuple[pa.Table, npt.NDArray[np.int32]]:
    """The nodes of all trees by their numbers, and where each tree begins."""
    rows = parquet.rows(saved.part(stage.folder / "data", ".parquet"))
    if stage.name == forms.DECISION_TREE:
        return rows.sort_by("id"), np.zeros(1, np.int32)
    fields = rows["nodeData"].combine_chunks()
    flat = pa.table({"treeID": rows["treeID"], **dict(zip(forms.NODE, fields.flatten(), strict=True))})
    nodes = flat.sort_by([("treeID", "ascending"), ("id", "ascending")])
    return nodes, np.flatnonzero(nodes["id"].to_numpy() == 0).astype(np.int32)


def _bits(vectoriser: Vectoriser) -> int:
    if vectoriser.binary:
        return 1
    # Each length of n-grams may bring as many into a bucket.
    return COUNT_BITS + (len(vectoriser.grams.orders) - 1).bit_length() * (vectoriser.vocabulary is None)


def _packed(bits: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The margin of each count, and the bit at which it begins there."""
    margins, shifts = np.zeros(len(bits), np.int64), np.zeros(len(bits), np.int64)
    margin = used = 0
    for at, wide in enumerate(bits.tolist()):
        if used + wide > BITS:
            margin, used = margin + 1, 0
        margins[at], shifts[at] = margin, used
        used += wide
    return margins, shifts


def _counts(
    slots: npt.NDArray[np.int64],
    margins: npt.NDArray[np.int64],
    shifts: npt.NDArray[np.int64],
    vectorisers: Sequence[Vectoriser],
) -> Affine:
    outputs = int(margins.max(initial=0)) + 1
    kept = len(slots) + sum(each.size for each in vectorisers if each.vocabulary is None)
    if outputs * kept > MOST_WEIGHTS:
        raise CannotCompileError(f"its trees ask for {len(slots):,} of {kept:,} counts, which are too many to pack")
    weights = np.zeros((outputs, len(slots)))
    weights[margins, np.arange(len(slots))] = np.exp2(shifts)
    return Affine(slots[:, 0], slots[:, 1], weights, np.zeros(outputs))


def _to_the_left(split: dict[str, Any], scale: float, most: int, scalings: int) -> tuple[int, int]:
    """The counts from 0 to `most` that a node sends to the left: the least and the largest."""
    values = split["leftCategoriesOrThreshold"]
    if split["numCategories"] == -1:
        return _below(values[0], scale, most, scalings)
    if most > 1:
        raise CannotCompileError("a split by categories of what is counted is not taken")
    # As MLlib reads it: the smaller half is kept as a set, and the other is all that is not in it.
    categories, number = set(values), split["numCategories"]
    listed = len(values) <= number // 2
    rest = set(map(float, range(number))) - categories
    sent = [count for count in (0, 1) if (count * scale in categories if listed else count * scale not in rest)]
    return (sent[0], sent[-1]) if sent else NEVER


def _below(threshold: float, scale: float, most: int, scalings: int) -> tuple[int, int]:
    """The counts whose weighted value is at most a threshold."""
    if scale == 0 or most == 1:
        sent = [count for count in (0, most) if count * scale <= threshold]
        return (min(sent), max(sent)) if sent else NEVER
    # The last count on the side of 0; the division may be one off.
    edge = int(min(max(threshold / scale, -1.0), float(most)))
    is_near = [count > 1 and np.isclose(count * scale, threshold, rtol=1e-12, atol=0) for count in (edge, edge + 1)]
    if scalings > 1 and any(is_near):
        raise CannotCompileError("a split lies on a count that was weighted twice, whose last digit MLlib may round")
    near = [count for count in range(max(edge - 1, 0), min(edge + 2, most) + 1) if count * scale <= threshold]
    if scale > 0:
        return (0, max(near)) if near else NEVER
    return (min(near), most) if near else NEVER


def _shares(nodes: pa.Table, classes: int) -> Floats:
    """float64[nodes, classes]: each class's share of a node's training rows."""
    stats = nodes["impurityStats"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, classes)
    return np.asarray(stats / stats.sum(axis=1, keepdims=True))
