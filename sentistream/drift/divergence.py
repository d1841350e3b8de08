"""How far two distributions lie apart: the population stability index, and what of it is noise.

PSI = Σ (q − p) ln(q / p) over bins. Of two samples of one distribution with n and m entries, PSI / (1/n + 1/m) is about χ² with one degree
of freedom less than there are bins (Yurdakul and Naranjo, 2020). A p-value would call every difference of a large sample one: so the floor is
at least 0.1, from which on a shift is usually called one.
"""

import numpy as np
import numpy.typing as npt

LEAST = 0.1
CHI_SQUARE = (
    10.828,
    13.816,
    16.266,
    18.467,
    20.515,
    22.458,
    24.322,
    26.124,
    27.877,
    29.588,
    31.264,
    32.909,
    34.528,
    36.123,
    37.697,
)
"""The quantile 0.999 of χ² with 1, 2, … degrees of freedom."""
HALF = 0.5
"""Added to each count: a bin that is empty in one sample must not make the index infinite."""
Counts = npt.NDArray[np.int64]


def psi(before: Counts, now: Counts) -> float:
    """The index of two samples, given by their counts in the same bins."""
    used = (before + now) > 0
    p, q = _shares(before[used]), _shares(now[used])
    return float(((q - p) * np.log(q / p)).sum())


def noise_floor(before: Counts, now: Counts) -> float:
    """What the index has to be above to say something; infinite where one sample is empty."""
    n, m = int(now.sum()), int(before.sum())
    if not n or not m:
        return float("inf")
    freedom = max(int(((before + now) > 0).sum()) - 1, 1)
    return max(LEAST, CHI_SQUARE[min(freedom, len(CHI_SQUARE)) - 1] * (1 / n + 1 / m))


def _shares(counts: Counts) -> npt.NDArray[np.float64]:
    return np.asarray((counts + HALF) / (counts.sum() + HALF * len(counts)), np.float64)
