"""Weights features by how unevenly the classes use them (Wang and Manning 2012, "NBSVM")."""

from typing import Any

import numpy as np
from pyspark.ml.base import Estimator
from pyspark.ml.feature import ElementwiseProduct
from pyspark.ml.linalg import Vectors
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name


class LogCountRatio(Estimator[ElementwiseProduct]):
    """Fits an `ElementwiseProduct` with |r|, r = log((p / |p|₁) / (q / |q|₁)), p and q the smoothed counts in a class and in the rest.

    Of several classes the one with the largest |r| counts; the sign is left to the classifier behind it. `scale` times |r|: a block
    with a smaller scale is regularised more.
    """

    def __init__(self, inputCol: str, outputCol: str, scale: float = 1.0, smoothing: float = 1.0) -> None:  # noqa: N803 - MLlib's names
        super().__init__()
        self._input, self._output = inputCol, outputCol
        self._scale, self._smoothing = scale, smoothing

    def _fit(self, dataset: DataFrame) -> ElementwiseProduct:
        counted = dataset.groupBy("label").agg(Summarizer.sum(F.col(self._input)).alias("sum"))
        sums: list[Any] = [row["sum"].toArray() for row in counted.collect()]
        ratios = [self._ratio(each, sum(sums) - each) for each in sums]
        scaling = self._scale * np.max(np.abs(ratios), axis=0)
        return ElementwiseProduct(scalingVec=Vectors.dense(scaling), inputCol=self._input, outputCol=self._output)

    def _ratio(self, inside: Any, outside: Any) -> Any:
        p, q = inside + self._smoothing, outside + self._smoothing
        return np.log((p / p.sum()) / (q / q.sum()))
