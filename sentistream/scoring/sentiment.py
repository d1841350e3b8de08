"""Class probabilities → the sentiment that a row gets."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE, POSITIVE_INDEX
from sentistream.contracts.model_version import ModelVersion

Probabilities = npt.NDArray[np.float64]
"""[texts, classes]: each row adds up to 1."""


def sentiments(probabilities: Probabilities, model: ModelVersion) -> pa.Array:
    """float64[rows, classes] → names: the band of a two-class model, the most probable class of a three-class one."""
    names, codes = coded(probabilities, model)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names)).dictionary_decode()


def coded(probabilities: Probabilities, model: ModelVersion) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """`sentiments` as names and, int64[rows], which of them each row has: of few rows, Arrow costs more than scoring them."""
    if model.labels.has_neutral:
        return model.labels.names, probabilities.argmax(axis=1)
    positive = probabilities[:, POSITIVE_INDEX]
    codes = np.where(positive >= model.band.high, 2, np.where(positive <= model.band.low, 0, 1))
    return (NEGATIVE, NEUTRAL, POSITIVE), codes


def sentiments_or_none(probabilities: Probabilities, model: ModelVersion) -> pa.Array:
    """`sentiments`; null where a row is NaN, which is no score."""
    lacking = np.isnan(probabilities[:, 0])
    return pc.if_else(pa.array(lacking), pa.scalar(None, pa.string()), sentiments(probabilities, model))
