"""8 bytes that stand for a text in its normal form: its length, a hash of its first 8 bytes and one of the whole.

A later text is compared with one of which only these are left. Where it is the longer one they tell whether it begins with the other, whatever the length.
Where it is the shorter one they only tell that it begins differently. Hashes are Python's own, keyed anew in each process: nobody can choose texts that
collide, and no fingerprint leaves the process.
"""

from enum import Enum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Fingerprints = npt.NDArray[np.uint64]
HEAD = 8
"""Bytes."""
HEAD_BITS, WHOLE_BITS = 15, 32
"""17 bits are left for the length: 25,000 characters have at most 100,000 bytes."""
SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, for multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4)."""


class Likeness(Enum):
    """How a text compares with an earlier one."""

    SAME = "same"
    OTHER = "other"
    UNSURE = "unsure"
    """It is shorter and begins alike."""


def of(texts: pa.Array) -> Fingerprints:
    """The fingerprints of normal forms (strings of 32-bit offsets)."""
    as_bytes = pa.array(texts, pa.string()).cast(pa.binary())
    _, offsets, data = as_bytes.buffers()
    bounds = np.frombuffer(offsets, np.int32)[as_bytes.offset : as_bytes.offset + len(as_bytes) + 1].astype(np.int64)
    hashes = np.fromiter(map(hash, as_bytes.to_pylist()), np.int64, len(as_bytes))
    held = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return _packed(np.diff(bounds), _heads(held, bounds), hashes)


def compare(earlier: int, text: str) -> Likeness:
    """Compare a normal form with the fingerprint of an earlier one."""
    later, length = text.encode(), earlier >> (HEAD_BITS + WHOLE_BITS)
    if len(later) >= length:
        return Likeness.SAME if _of_bytes(later[:length]) == earlier else Likeness.OTHER
    if len(later) >= HEAD and _head(_of_bytes(later)) != _head(earlier):
        return Likeness.OTHER
    return Likeness.UNSURE


def _head(fingerprint: int) -> int:
    return fingerprint >> WHOLE_BITS & (1 << HEAD_BITS) - 1


def _of_bytes(text: bytes) -> int:
    bounds = np.array([0, len(text)], np.int64)
    heads = _heads(np.frombuffer(text, np.uint8), bounds)
    return int(_packed(np.diff(bounds), heads, np.array([hash(text)], np.int64))[0])


def _heads(data: npt.NDArray[np.uint8], bounds: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """The first bytes of each text as a number, zeros behind the end of a shorter one."""
    lengths = np.diff(bounds)
    at = bounds[:-1, None] + np.arange(HEAD)
    within = np.arange(HEAD) < lengths[:, None]
    heads = np.where(within, data[np.minimum(at, len(data) - 1)] if len(data) else np.uint8(0), np.uint8(0))
    return np.ascontiguousarray(heads).view(np.uint64)[:, 0]


def _packed(
    lengths: npt.NDArray[np.int64], heads: npt.NDArray[np.uint64], hashes: npt.NDArray[np.int64]
) -> Fingerprints:
    head = heads * SPREAD >> np.uint64(64 - HEAD_BITS) << np.uint64(WHOLE_BITS)
    whole = hashes.view(np.uint64) & np.uint64((1 << WHOLE_BITS) - 1)
    length = lengths.astype(np.uint64) << np.uint64(HEAD_BITS + WHOLE_BITS)
    packed: Fingerprints = length | head | whole
    return packed
