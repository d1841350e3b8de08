"""Tokens of many texts → batches whose shape no other text decides.

A text is filled up to the next multiple of `STEP` tokens, by its own length alone (with a step of one, not at all), and stands beside texts of the same
width. Were a batch as wide as its longest text, sums of floating-point numbers would be cut otherwise in another batch, and the last bits of a score with them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

STEP = 1
"""Tokens: nothing is filled up, since what is filled up is computed in vain, and from two texts on a batch costs a text the same."""
MOST = 16
"""Texts of a batch: more would gain nothing, and leave cores idle."""
Ids = npt.NDArray[np.int64]


class Batch(NamedTuple):
    """Texts of the same width."""

    rows: Ids
    """Their places among all."""
    tokens: Ids
    """int64[texts, width]."""
    mask: Ids
    """int64[texts, width]: 1 where there is a token."""


def batches(texts: Sequence[Sequence[int]], pad_id: int) -> Iterator[Batch]:
    """Texts as tokens, each at least one → batches, the long ones first: no core is left alone with one at the end."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    widths = -(-lengths // STEP) * STEP
    order = np.argsort(-widths, kind="stable")
    borders = np.flatnonzero(np.diff(widths[order])) + 1
    for rows in np.split(order, borders):
        for begin in range(0, len(rows), MOST):
            yield _filled(rows[begin : begin + MOST], texts, lengths, int(widths[rows[0]]), pad_id)


def _filled(rows: Ids, texts: Sequence[Sequence[int]], lengths: Ids, width: int, pad_id: int) -> Batch:
    tokens = np.full((len(rows), width), pad_id, np.int64)
    for at, row in enumerate(rows.tolist()):
        tokens[at, : lengths[row]] = texts[row]
    mask = (np.arange(width) < lengths[rows, None]).astype(np.int64)
    return Batch(rows, tokens, mask)
