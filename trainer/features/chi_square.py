"""The features that depend most on the class, by Pearson's chi-squared test (Pearson 1900) on presence."""

from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark import SparkContext
from pyspark.ml.base import Estimator
from pyspark.ml.feature import ChiSqSelectorModel
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

Floats = npt.NDArray[np.float64]


class ChiSquareSelector(Estimator[ChiSqSelectorModel]):
    """Fits MLlib's own `ChiSqSelectorModel`, for features that are either 0 or one other value.

    MLlib's estimator groups every entry of every row by its value, for minutes; where presence is all there is to a feature, the
    statistic follows from one count of rows for each class. A test compares the two.
    """

    def __init__(self, features: str, output: str, left: int) -> None:
        super().__init__()
        self._features, self._output, self._left = features, output, left

    def _fit(self, dataset: DataFrame) -> ChiSqSelectorModel:
        counted = Summarizer.metrics("numNonZeros", "count").summary(F.col(self._features))
        rows = dataset.groupBy("label").agg(counted.alias("found")).collect()
        present = np.array([row["found"]["numNonZeros"].toArray() for row in rows])
        statistic = chi_square(present, np.array([row["found"]["count"] for row in rows], np.float64))
        # A stable sort: of equals the more frequent, which a vocabulary lists first.
        best = np.sort(np.argsort(-statistic, kind="stable")[: self._left])
        return _model(best.tolist(), self._features, self._output)


def chi_square(present: Floats, rows: Floats) -> Floats:
    """present[classes, features] rows with a feature, of rows[classes] → the statistic[features]; 0 for one in all rows or none."""
    share = present.sum(axis=0) / rows.sum()
    expected = np.outer(rows, share)
    # (o - e)² / e of the rows with the feature and of those without, taken together.
    spread = np.outer(rows, share * (1 - share))
    difference = (present - expected) ** 2
    return np.asarray(
        np.divide(difference, spread, out=np.zeros_like(spread), where=spread > 0).sum(axis=0), np.float64
    )


def _model(indices: list[int], features: str, output: str) -> ChiSqSelectorModel:
    context: Any = SparkContext._active_spark_context
    array = context._gateway.new_array(context._jvm.int, len(indices))
    for at, index in enumerate(indices):
        array[at] = index
    made = context._jvm.org.apache.spark.ml.feature.ChiSqSelectorModel(f"chiSqSelector_{len(indices)}", array)
    return ChiSqSelectorModel(made.setFeaturesCol(features).setOutputCol(output))
