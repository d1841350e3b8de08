"""The vectorisers' n-grams and the margins' weights as the kernel's tables: a tree of words, and hashed buckets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sentistream.scoring.mllib import kernel
from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.linear import Affine
from sentistream.scoring.mllib.vectors import Floats


@dataclass(frozen=True)
class Grams:
    """A column of n-grams of these lengths, over one tokeniser's column."""

    tokens: str
    orders: tuple[int, ...]


@dataclass(frozen=True)
class Vectoriser:
    """Counts n-grams: each of a vocabulary, or in hashed buckets where that is None."""

    grams: Grams
    size: int
    binary: bool
    vocabulary: tuple[str, ...] | None


def arrays(vectorisers: Sequence[Vectoriser], of_counts: Affine, tokens: str) -> dict[str, Any]:
    """The fields of `kernel.Tables` that hold the words, n-grams and weights over one tokeniser's column."""
    margins = len(of_counts.bias)
    weighted = [
        (each, of_counts.table(number, each.size))
        for number, each in enumerate(vectorisers)
        if each.grams.tokens == tokens
    ]
    listed = [(each, weights) for each, weights in weighted if each.vocabulary is not None]
    hashed = [(each, weights) for each, weights in weighted if each.vocabulary is None]
    if len({each.binary for each, _ in listed}) > 1:
        raise CannotCompileError("vocabularies that count and such that don't, together, are not taken")
    starts = np.cumsum([0, *(each.size for each, _ in hashed)])
    return {
        **_tree(listed, margins),
        "binary": any(each.binary for each, _ in listed),
        "hashed": np.array(
            [
                [each.size, start, sum(1 << n for n in each.grams.orders), each.binary]
                for (each, _), start in zip(hashed, starts, strict=False)
            ],
            np.int32,
        ).reshape(-1, 4),
        "bucket_weights": np.concatenate([np.zeros((0, margins)), *(weights for _, weights in hashed)]),
    }


def _tree(listed: list[tuple[Vectoriser, Floats]], margins: int) -> dict[str, Any]:
    """Each word is a node; each n-gram of a vocabulary, and each beginning of one, is the child of the one without its last word."""
    words: dict[str, int] = {}
    grams: list[list[int]] = []
    weights = [np.zeros((0, margins))]
    for vectoriser, of_slots in listed:
        # A term of another length never occurs in the column, and one without a weight changes nothing.
        terms = [term.split(" ") for term in vectoriser.vocabulary or ()]
        counts = [
            is_weighted and len(parts) in vectoriser.grams.orders
            for parts, is_weighted in zip(terms, (of_slots != 0).any(axis=1), strict=True)
        ]
        kept = (parts for parts, is_kept in zip(terms, counts, strict=True) if is_kept)
        grams += [[words.setdefault(part, len(words)) for part in parts] for parts in kept]
        weights.append(of_slots[np.array(counts, np.bool_)])
    children: dict[int, int] = {}
    nodes: list[int] = []
    for numbers in grams:
        node = numbers[0]
        for number in numbers[1:]:
            node = children.setdefault(node << 32 | number, len(words) + len(children))
        nodes.append(node)
    node_weights = np.zeros((len(words) + len(children), margins))
    np.add.at(node_weights, np.array(nodes, np.int64), np.concatenate(weights))
    continued = {key >> 32 for key in children}
    points = np.frombuffer("".join(words).encode("utf-32-le"), np.int32).copy()
    ends = np.cumsum([0, *map(len, words)]).astype(np.int32)
    short_words, long_words = np.zeros((_slots(len(words)), 2), np.int64), np.full(_slots(len(words)), -1, np.int64)
    kernel.place_words(points, ends, _references(range(len(words)), continued), short_words, long_words)
    slots = np.full((_slots(len(children)), 2), -1, np.int64)
    bits = np.zeros(max(1, _slots(len(children)) // 8), np.uint64)
    keys = np.fromiter(children, np.int64, len(children))
    kernel.place_children(keys, _references(children.values(), continued), slots, bits)
    return {
        "short_words": short_words,
        "long_words": long_words,
        "word_ends": ends,
        "word_points": points,
        "children": slots,
        "child_bits": bits,
        "node_weights": node_weights,
        "longest": max(map(len, grams), default=0),
    }


def _references(nodes: Collection[int], continued: set[int]) -> npt.NDArray[np.int64]:
    """A node << 1 | 1 where longer n-grams begin with it."""
    return np.fromiter((node << 1 | (node in continued) for node in nodes), np.int64, len(nodes))


def _slots(entries: int) -> int:
    """A power of two that leaves at least half of the slots empty."""
    return 1 << max(4, (2 * entries).bit_length())
