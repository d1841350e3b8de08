"""Whether a model's classes are in the order that its label map says: told by labelled rows, in any language.

Of a model whose classes are exchanged, another order agrees better with the labels. It can't find labels that are themselves exchanged, in training and
held-out rows alike: that is what the probe is for.
"""

from itertools import permutations

import numpy as np

from sentistream.errors import UserError
from sentistream.evaluation import metrics
from sentistream.evaluation.predictions import Predictions
from sentistream.mcnemar import mcnemar

UNLIKELY = 0.01
"""The p-value below which another order is not better by chance."""


def require_own_order(predictions: Predictions, model: str) -> None:
    """Look at what a model says of labelled rows that it has not seen.

    Raises:
        UserError: another order of its classes fits them better, or it says the same of all.
    """
    names, rows = predictions.labels.names, len(predictions.truth)
    if rows > 1 and not np.ptp(predictions.probabilities, axis=0).any():
        raise UserError(
            f"{model} gives the same probabilities for all of {rows:,} labelled rows: it has learnt nothing."
        )
    confusion = metrics.of(predictions).confusion
    own = np.arange(len(names))
    best = max(permutations(own), key=lambda order: int(confusion[own, order].sum()))
    moved = np.flatnonzero(np.array(best) != own)
    as_is, as_best = int(confusion[moved, moved].sum()), int(confusion[moved, np.array(best)[moved]].sum())
    test = mcnemar(as_is, as_best)
    if as_best > as_is and test.p_value < UNLIKELY:
        taken = ", ".join(f"{names[best[at]]} where {names[at]} is meant" for at in moved)
        raise UserError(
            f"{model} has its classes in another order than its label map {predictions.labels}: it says {taken}. With these exchanged it is right on "
            f"{as_best:,} instead of {as_is:,} of the rows concerned, of {rows:,} labelled ones (McNemar's p = {test.p_value:.2g})."
        )
