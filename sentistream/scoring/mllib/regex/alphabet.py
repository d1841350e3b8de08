"""Sets of code points, and the classes of code points that no pattern tells apart."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentistream.scoring.mllib.errors import CannotCompileError

Ranges = tuple[tuple[int, int], ...]
"""Code points as inclusive ranges, sorted and apart."""
LAST = 0x10FFFF
PAGE = 256


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sort and merge ranges."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """Every code point that is not in the ranges."""
    gaps, start = [], 0
    for low, high in ranges:
        if low > start:
            gaps.append((start, low - 1))
        start = high + 1
    return (*gaps, (start, LAST)) if start <= LAST else tuple(gaps)


@dataclass(frozen=True)
class Alphabet:
    """Classes of code points: two of one class are in the same sets of every pattern."""

    starts: tuple[int, ...]
    """The first code point of each stretch of one class, ascending from 0."""
    classes: tuple[int, ...]
    """The class of each stretch."""
    size: int

    @classmethod
    def of(cls, sets: Iterable[Ranges]) -> "Alphabet":
        """The coarsest classes for these sets.

        Raises:
            CannotCompileError: there are more than a byte counts.
        """
        distinct = list(dict.fromkeys(sets))
        starts = sorted({0, *(edge for ranges in distinct for low, high in ranges for edge in (low, high + 1))})
        starts = [start for start in starts if start <= LAST]
        numbers: dict[bytes, int] = {}
        membership = (
            np.stack([_contains(ranges, starts) for ranges in distinct]) if distinct else np.zeros((1, 1), bool)
        )
        classes = [numbers.setdefault(column.tobytes(), len(numbers)) for column in membership.T]
        if len(numbers) > 254:
            raise CannotCompileError(f"the patterns tell {len(numbers)} classes of characters apart, 254 are taken")
        return cls(tuple(starts), tuple(classes), len(numbers))

    def members(self, ranges: Ranges) -> frozenset[int]:
        """The classes that make up a set."""
        inside = _contains(ranges, list(self.starts))
        return frozenset(each for each, is_in in zip(self.classes, inside, strict=True) if is_in)

    def pages(self) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
        """The class of every code point as a table in two levels: page of its upper bits, class within the page."""
        every = np.zeros(LAST + 1, np.uint8)
        ends = [*self.starts[1:], LAST + 1]
        for start, end, each in zip(self.starts, ends, self.classes, strict=True):
            every[start:end] = each
        return paged(every)


def paged(every: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """A value for each code point → the page of each block of 256, and the distinct pages."""
    blocks = every.reshape(-1, PAGE)
    # Most blocks are alike; to sort them, as `np.unique` does, takes a quarter of a second.
    numbers: dict[bytes, int] = {}
    index = [numbers.setdefault(block.tobytes(), len(numbers)) for block in blocks]
    pages = np.frombuffer(b"".join(numbers), every.dtype).reshape(-1, PAGE).copy()
    return np.array(index, np.uint16), pages


def _contains(ranges: Ranges, points: list[int]) -> npt.NDArray[np.bool_]:
    lows = np.array([low for low, _ in ranges], np.int64)
    highs = np.array([high for _, high in ranges], np.int64)
    at = np.searchsorted(lows, np.array(points), side="right") - 1
    return (at >= 0) & (np.array(points) <= highs[np.maximum(at, 0)]) if len(ranges) else np.zeros(len(points), bool)
