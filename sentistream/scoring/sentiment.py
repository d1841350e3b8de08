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
    if model.labels.has_neutral:
        names, codes = model.labels.names, probabilities.argmax(axis=1)
    else:
        positive = probabilities[:, POSITIVE_INDEX]
        names = (NEGATIVE, NEUTRAL, POSITIVE)
        codes = np.where(positive >= model.band.high, 2, np.where(positive <= model.band.low, 0, 1))
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names)).dictionary_decode()


def sentiments_or_none(probabilities: Probabilities, model: ModelVersion) -> pa.Array:
    """`sentiments`; null where a row is NaN, which is no score."""
    lacking = np.isnan(probabilities[:, 0])
    return pc.if_else(pa.array(lacking), pa.scalar(None, pa.string()), sentiments(probabilities, model))
