"""The n-grams of a text that a compiled linear pipeline knows, each with what it adds to the margins: weights × TF-IDF, exactly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sentistream.scoring.mllib.compiled import CompiledPipeline
from sentistream.scoring.mllib.kernel import PACKED, Tables
from sentistream.scoring.mllib.trees.walk import Trees
from sentistream.scoring.mllib.vectors import Floats
from sentistream.scoring.mllib.weights.readable import readable
from sentistream.scoring.mllib.weights.tracing import Span, Token, tokens

ALL_BITS = (1 << 64) - 1


@dataclass(frozen=True)
class Gram:
    """An n-gram of a text, or several that share a bucket of a hash."""

    words: tuple[str, ...]
    """Its tokens; where several share a bucket, those of the first."""
    others: tuple[tuple[str, ...], ...]
    """The n-grams that share its bucket."""
    places: tuple[tuple[Span, ...], ...]
    """A span for each token, for each time that it occurs."""
    margins: Floats
    """float64[margins]: what it adds to each, all its occurrences together."""
    spelt: bool = False
    """Whether its tokens are characters."""

    def of(self, towards: int, against: int) -> float:
        """What it adds to ln(P(towards) / P(against)); classes by their index."""
        return difference(self.margins, towards, against)

    @property
    def readable(self) -> str:
        """For a person: with what cleaning put in place of links and names as words, and how many others share its bucket."""
        read = readable(" ".join(self.words), spelt=self.spelt)
        return f"{read} (or {len(self.others)} that share its bucket)" if self.others else read


@dataclass(frozen=True)
class Weighed:
    """A text's n-grams that have a weight; with the bias, their margins add up to the kernel's."""

    grams: tuple[Gram, ...]
    bias: Floats
    """float64[margins]."""

    def start(self, towards: int, against: int) -> float:
        """ln(P(towards) / P(against)) of a text without any n-gram that has a weight; classes by their index."""
        return difference(self.bias, towards, against)

    def log_odds(self, towards: int, against: int) -> float:
        """ln(P(towards) / P(against)) of the text."""
        return self.start(towards, against) + math.fsum(each.of(towards, against) for each in self.grams)


def weighed(pipeline: CompiledPipeline, text: str) -> Weighed | None:
    """Weigh a text without half a pair of UTF-16; None where the probabilities are no function of such a sum, but of trees."""
    if isinstance(pipeline.ending, Trees):
        return None
    found = list[Gram]()
    for part in pipeline.parts:
        read = tokens(part.tables, text, lower=part.lower)
        spelt = len(read) > 1 and all(len(each.text) == 1 for each in read)
        found += [replace(each, spelt=spelt) for each in (*_listed(part.tables, read), *_hashed(part.tables, read))]
    return Weighed(tuple(found), pipeline.bias)


def difference(margins: Floats, towards: int, against: int) -> float:
    """Of two classes' margins; a logistic pipeline has one alone, that of class 1 against class 0."""
    if len(margins) > 1:
        return float(margins[towards] - margins[against])
    return float(margins[0]) * (towards - against)


def _listed(t: Tables, read: Sequence[Token]) -> list[Gram]:
    """Of a vocabulary."""
    places: dict[int, list[tuple[int, int]]] = {}
    words = [_word(t, each.text) for each in read] if t.longest else []
    for begin, reference in enumerate(words):
        end = begin + 1
        while reference >= 0:
            places.setdefault(reference >> 1, []).append((begin, end))
            if not reference & 1 or end - begin >= t.longest or end >= len(read) or words[end] < 0:
                break
            reference = _child(t, (reference >> 1) << 32 | words[end] >> 1)
            end += 1
    return [
        _gram(read, at, t.node_weights[node] * (1 if t.binary else len(at)))
        for node, at in places.items()
        if t.node_weights[node].any()
    ]


def _hashed(t: Tables, read: Sequence[Token]) -> list[Gram]:
    """Of hashed buckets."""
    found = list[Gram]()
    for buckets, offset, orders, is_binary in t.hashed.tolist():
        places: dict[int, list[tuple[int, int]]] = {}
        for n in range(1, orders.bit_length()):
            for begin in range(len(read) - n + 1) if orders >> n & 1 else ():
                term = " ".join(each.text for each in read[begin : begin + n])
                places.setdefault(offset + _murmur3(term.encode()) % buckets, []).append((begin, begin + n))
        found += [
            _gram(read, at, t.bucket_weights[bucket] * (1 if is_binary else len(at)))
            for bucket, at in places.items()
            if t.bucket_weights[bucket].any()
        ]
    return found


def _gram(read: Sequence[Token], at: Sequence[tuple[int, int]], margins: Floats) -> Gram:
    named = dict.fromkeys(tuple(each.text for each in read[begin:end]) for begin, end in at)
    first, *others = named
    return Gram(first, tuple(others), tuple(tuple(each.span for each in read[begin:end]) for begin, end in at), margins)


def _word(t: Tables, token: str) -> int:
    """The reference of a token's word, or -1: as `kernel` looks it up."""
    points = [ord(each) for each in token]
    packed = 0
    if len(points) <= PACKED and all(1 <= point <= 127 for point in points):
        for point in points:
            packed = packed << 7 | point
    if packed:
        return _looked_up(t.short_words, packed, 0)
    mask, slot = len(t.long_words) - 1, _hash_word(points)
    while (reference := int(t.long_words[slot & mask])) >= 0:
        begin, end = t.word_ends[reference >> 1 : (reference >> 1) + 2].tolist()
        if t.word_points[begin:end].tolist() == points:
            return reference
        slot += 1
    return -1


def _child(t: Tables, key: int) -> int:
    """The reference of an n-gram continued by a word, or -1."""
    return _looked_up(t.children, key, -1)


def _looked_up(table: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", key: int, empty: int) -> int:
    slot, mask = _mixed(key), len(table) - 1
    while (held := int(table[slot & mask, 0])) != empty:
        if held == key:
            return int(table[slot & mask, 1])
        slot += 1
    return -1


def _mixed(key: int) -> int:
    """Finaliser of MurmurHash3, 64 bits."""
    key ^= key >> 33
    key = key * 0xFF51AFD7ED558CCD & ALL_BITS
    key ^= key >> 33
    key = key * 0xC4CEB9FE1A85EC53 & ALL_BITS
    return key ^ key >> 33


def _hash_word(points: Sequence[int]) -> int:
    """FNV-1a over code points, then mixed."""
    value = 0xCBF29CE484222325
    for point in points:
        value = (value ^ point) * 0x100000001B3 & ALL_BITS
    return _mixed(value)


def _murmur3(data: bytes) -> int:
    """MurmurHash3 x86 32 with MLlib's seed 42, as a signed number."""
    value, whole = 42, len(data) // 4 * 4
    for at in range(0, whole, 4):
        value ^= _scrambled(int.from_bytes(data[at : at + 4], "little"))
        value = ((value << 13 | value >> 19) & 0xFFFFFFFF) * 5 + 0xE6546B64 & 0xFFFFFFFF
    if data[whole:]:
        value ^= _scrambled(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = (value ^ value >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    value = (value ^ value >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    value ^= value >> 16
    return value - (1 << 32) if value >> 31 else value


def _scrambled(part: int) -> int:
    part = part * 0xCC9E2D51 & 0xFFFFFFFF
    return (part << 15 | part >> 17) * 0x1B873593 & 0xFFFFFFFF
