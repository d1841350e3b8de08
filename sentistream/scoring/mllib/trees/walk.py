"""The trees' own kernel: counts that were packed into margins in, class probabilities out.

Apart from the linear one, which counts: who has no trees compiles and loads nothing of this.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit


class Trees(NamedTuple):
    """Nodes of all trees, each tree's one after the other; a child stands behind its parent."""

    roots: npt.NDArray[np.int32]
    """[trees]."""
    left: npt.NDArray[np.int32]
    """[nodes]: the child on the left; -1 of a leaf."""
    right: npt.NDArray[np.int32]
    """[nodes]."""
    margin: npt.NDArray[np.int32]
    """[nodes]: which margin holds the count that is asked for."""
    shift: npt.NDArray[np.int64]
    """[nodes]: where in it the count begins."""
    mask: npt.NDArray[np.int64]
    """[nodes]: its bits."""
    low: npt.NDArray[np.int64]
    """[nodes]: the least count that goes to the left."""
    high: npt.NDArray[np.int64]
    """[nodes]: the largest one."""
    shares: npt.NDArray[np.float64]
    """[nodes, classes]: of a leaf's rows."""


@njit(cache=True, nogil=True)
def probabilities(margins, trees, out):
    """`margins[rows, margins]` → `out[rows, classes]`: the mean of what the trees say."""
    roots, left, right, shares = trees.roots, trees.left, trees.right, trees.shares
    margin, shift, mask, low, high = trees.margin, trees.shift, trees.mask, trees.low, trees.high
    for row in range(len(margins)):
        said = out[row]
        said[:] = 0.0
        for root in roots:
            node = root
            while left[node] >= 0:
                count = np.int64(margins[row, margin[node]]) >> shift[node] & mask[node]
                node = left[node] if low[node] <= count <= high[node] else right[node]
            for each in range(len(said)):
                said[each] += shares[node, each]
        total = said.sum()
        for each in range(len(said)):
            said[each] /= total
