"""8 bytes that stand for a text in its normal form: its length, a hash of its first 8 bytes and one of the whole.

A later text is compared with one of which only these are left. Where it is the longer one they tell whether it begins with the other, whatever the length.
Where it is the shorter one they only tell that it begins differently. Hashes are keyed anew in each process; no fingerprint leaves it.
"""

import secrets
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sentistream.tweet_form import kernel

Fingerprints = npt.NDArray[np.uint64]
KEY = np.uint64(secrets.randbits(64))


class Likeness(IntEnum):
    """How a text compares with an earlier one."""

    OTHER = 0
    SAME = 1
    UNSURE = 2
    """It is shorter and begins alike."""


def of(forms: pa.Array) -> Fingerprints:
    """The fingerprints of normal forms (strings without nulls)."""
    data, bounds = kernel.utf8(forms)
    return _of(data, bounds[:-1], bounds[1:])


def compare(earlier: Fingerprints, forms: pa.Array) -> npt.NDArray[np.int8]:
    """Compare each normal form with the fingerprint of an earlier one: a `Likeness` each."""
    data, bounds = kernel.utf8(forms)
    starts, lengths = bounds[:-1].astype(np.int64), np.diff(bounds).astype(np.int64)
    of_earlier = (earlier >> np.uint64(kernel.HEAD_BITS + kernel.WHOLE_BITS)).astype(np.int64)
    # Of the longer form so much as the earlier one had.
    beginnings = _of(data, starts, starts + np.minimum(lengths, of_earlier))
    is_shorter = lengths < of_earlier
    begins_alike = (lengths < kernel.HEAD) | (_heads(beginnings) == _heads(earlier))
    likeness = np.where(is_shorter & begins_alike, Likeness.UNSURE, Likeness.OTHER).astype(np.int8)
    likeness[beginnings == earlier] = Likeness.SAME
    return likeness


def _of(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.signedinteger], ends: npt.NDArray[np.signedinteger]
) -> Fingerprints:
    found = np.empty(len(starts), np.uint64)
    kernel.write_fingerprints(data, starts.astype(np.int64), ends.astype(np.int64), KEY, found)
    return found


def _heads(fingerprints: Fingerprints) -> Fingerprints:
    return fingerprints >> np.uint64(kernel.WHOLE_BITS) & np.uint64((1 << kernel.HEAD_BITS) - 1)
