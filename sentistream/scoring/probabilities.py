"""The last thing that is asked of a version's answer before it counts: whether it is probabilities."""

import numpy as np
import numpy.typing as npt

from sentistream.contracts.labels import POSITIVE_INDEX
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.sentiment import Probabilities

ROUNDING = 1e-6
"""How far a row's sum may be from 1, and a probability below 0."""


def of_positive(probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """float64[texts, classes] → float64[texts], P(positive) within 0…1; NaN for a text whose row is no distribution, whatever is wrong with it."""
    with np.errstate(invalid="ignore", over="ignore"):
        # Of classes few and rows many, a product is ten times as fast as a sum along the rows.
        sums = probabilities @ np.ones(probabilities.shape[1])
    p_positive = np.clip(probabilities[:, POSITIVE_INDEX], 0.0, 1.0)
    # A comparison with NaN is false, so the extremes alone tell that nothing is wrong.
    lowest, highest = sums.min(initial=1.0), sums.max(initial=1.0)
    if probabilities.min(initial=0.0) >= -ROUNDING and lowest >= 1 - ROUNDING and highest <= 1 + ROUNDING:
        return p_positive
    is_proper = (probabilities.min(axis=1) >= -ROUNDING) & (np.abs(sums - 1) <= ROUNDING)
    return np.where(is_proper, p_positive, np.nan)


def require(p_positive: npt.NDArray[np.float64], version: ModelVersion) -> None:
    """Let nothing pass that `of_positive` has not found to be a probability.

    Raises:
        UnfitError: a text has none.
    """
    missing = int(np.isnan(p_positive).sum())
    if missing:
        raise UnfitError(
            version, f"{version.uri} gives no probabilities between 0 and 1 for {missing} of {len(p_positive)} texts."
        )


def required(probabilities: Probabilities, version: ModelVersion) -> npt.NDArray[np.float64]:
    """`of_positive`, every one of which is a probability.

    Raises:
        UnfitError: a text has none.
    """
    p_positive = of_positive(probabilities)
    require(p_positive, version)
    return p_positive
