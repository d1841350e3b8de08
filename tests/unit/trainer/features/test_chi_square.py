import numpy as np
import pytest
from pyspark.ml.feature import ChiSqSelector
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession

from trainer.features.chi_square import ChiSquareSelector


@pytest.mark.parametrize("classes", [2, 3])
def test_it_selects_what_mllibs_own_estimator_selects(spark: SparkSession, classes: int) -> None:
    random = np.random.default_rng(classes)
    labels = random.integers(0, classes, 400)
    # Ever weaker ties between feature and class, so that no two statistics are equal.
    ties = np.linspace(0.9, 0.0, 12)
    present = random.random((400, 12)) < 0.2 + 0.5 * ties * (labels == 1)[:, None]
    weights = random.uniform(0.5, 3.0, 12)
    rows = [
        (float(label), Vectors.sparse(12, [(int(at), float(weights[at])) for at in np.flatnonzero(row)]))
        for label, row in zip(labels, present, strict=True)
    ]
    frame = spark.createDataFrame(rows, ["label", "features"])
    for left in (3, 7):
        ours = ChiSquareSelector("features", "selected", left).fit(frame)
        theirs = ChiSqSelector(numTopFeatures=left, featuresCol="features", outputCol="selected").fit(frame)
        assert ours.selectedFeatures == theirs.selectedFeatures
        assert ours.transform(frame).collect() == theirs.transform(frame).collect()
