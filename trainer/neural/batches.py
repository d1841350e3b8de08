"""Tokens of many texts, and how an epoch goes through them: in batches of about equal length, in an order that the seed alone decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
POOL = 64
"""Batches whose rows are sorted by length together: padding costs less, and chance still mixes the epoch."""


@dataclass(frozen=True)
class Encoded:
    """Texts as numbers of tokens."""

    ids: Sequence[Ids]
    """Of each text, at least one."""
    classes: Ids
    """[texts]; the class of each."""

    @property
    def lengths(self) -> Ids:
        """Tokens of each text."""
        return np.fromiter(map(len, self.ids), np.int64, len(self.ids))

    def weights(self, number: int) -> npt.NDArray[np.float32]:
        """[number] of each class, so that all weigh the same and a row weighs 1 in the mean."""
        counts = np.bincount(self.classes, minlength=number)
        return np.asarray(len(self.classes) / (number * np.maximum(counts, 1)), np.float32)


def in_batches(lengths: Ids, size: int, seed: int, epoch: int) -> list[Ids]:
    """The places of the rows of one epoch, each once, in batches."""
    drawn = np.random.default_rng((seed, epoch))
    order = drawn.permutation(len(lengths))
    pools = (order[at : at + size * POOL] for at in range(0, len(order), size * POOL))
    by_length = [pool[np.argsort(lengths[pool], kind="stable")] for pool in pools]
    cut = [pool[at : at + size] for pool in by_length for at in range(0, len(pool), size)]
    return [cut[at] for at in drawn.permutation(len(cut))]


def padded(ids: Sequence[Ids], pad: int) -> tuple[Ids, Ids]:
    """Token numbers[texts, longest] filled up with `pad`, and the mask that is 1 where a token is."""
    longest = max(map(len, ids), default=1)
    tokens, mask = np.full((len(ids), longest), pad, np.int64), np.zeros((len(ids), longest), np.int64)
    for row, each in enumerate(ids):
        tokens[row, : len(each)], mask[row, : len(each)] = each, 1
    return tokens, mask


def by_length(lengths: Ids, size: int) -> Iterator[Ids]:
    """The places of the rows in batches of about equal length, for what only reads them."""
    order = np.argsort(lengths, kind="stable")
    yield from (order[at : at + size] for at in range(0, len(order), size))
