"""Tokens of many texts → batches whose shape no other text decides.

A text is filled up to the next multiple of `STEP` tokens, by its own length alone, and stands beside texts that were filled up to the same. Were a batch
as wide as its longest text, sums of floating-point numbers would be cut otherwise in another batch, and the last bits of a score with them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

STEP = 8
"""Tokens; 4 on average are computed in vain."""
MOST = 64
"""Texts of a batch: beyond that nothing is gained, and memory goes (DESIGN: 256 are slower)."""
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
    """Texts as tokens, each at least one → batches, the short ones first."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    widths = -(-lengths // STEP) * STEP
    order = np.argsort(widths, kind="stable")
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
