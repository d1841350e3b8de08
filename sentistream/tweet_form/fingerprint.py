"""8 bytes that stand for a text in its normal form: its length, a hash of its first 8 bytes and one of the whole.

A later text is compared with one of which only these are left. Where it is the longer one they tell whether it begins with the other, whatever the length.
Where it is the shorter one they only tell that it begins differently. Hashes are keyed anew in each process; no fingerprint leaves it.
"""

import secrets
from enum import Enum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sentistream.tweet_form import kernel

Fingerprints = npt.NDArray[np.uint64]
KEY = np.uint64(secrets.randbits(64))


class Likeness(Enum):
    """How a text compares with an earlier one."""

    SAME = "same"
    OTHER = "other"
    UNSURE = "unsure"
    """It is shorter and begins alike."""


def of(forms: pa.Array) -> Fingerprints:
    """The fingerprints of normal forms (strings without nulls)."""
    found = np.empty(len(forms), np.uint64)
    kernel.write_fingerprints(*kernel.utf8(forms), KEY, found)
    return found


def compare(earlier: int, form: str) -> Likeness:
    """Compare a normal form with the fingerprint of an earlier one."""
    later, length = form.encode(), earlier >> kernel.HEAD_BITS + kernel.WHOLE_BITS
    if len(later) >= length:
        return Likeness.SAME if _of_bytes(later[:length]) == earlier else Likeness.OTHER
    if len(later) >= kernel.HEAD and _head(_of_bytes(later)) != _head(earlier):
        return Likeness.OTHER
    return Likeness.UNSURE


def _head(fingerprint: int) -> int:
    return fingerprint >> kernel.WHOLE_BITS & (1 << kernel.HEAD_BITS) - 1


def _of_bytes(form: bytes) -> int:
    return int(of(pa.array([form], pa.binary()).view(pa.string()))[0])
