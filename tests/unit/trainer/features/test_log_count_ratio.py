import math

import pytest
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession

from trainer.features.log_count_ratio import LogCountRatio


@pytest.mark.parametrize("classes", [(0.0, 1.0), (0.0, 1.0, 2.0)])
def test_what_one_class_alone_uses_weighs_most_and_what_all_use_alike_nothing(
    spark: SparkSession, classes: tuple[float, ...]
) -> None:
    everywhere, alone = [1.0, 0.0], [1.0, 1.0]
    rows = [(label, Vectors.dense(alone if label == 1.0 else everywhere)) for label in classes for _ in range(50)]
    fitted = LogCountRatio(inputCol="counts", outputCol="features").fit(
        spark.createDataFrame(rows, ["label", "counts"])
    )
    common, telling = fitted.getScalingVec()
    assert telling > 2 > common


def test_the_ratio_is_of_smoothed_shares(spark: SparkSession) -> None:
    rows = [(0.0, Vectors.dense([3.0, 0.0])), (1.0, Vectors.dense([0.0, 1.0]))]
    frame = spark.createDataFrame(rows, ["label", "counts"])
    fitted = LogCountRatio(inputCol="counts", outputCol="features", scale=0.5).fit(frame)
    # Class 0 has 3 + 1 and 0 + 1 of 5, class 1 has 0 + 1 and 1 + 1 of 3.
    expected = [0.5 * abs(math.log((4 / 5) / (1 / 3))), 0.5 * abs(math.log((1 / 5) / (2 / 3)))]
    assert list(fitted.getScalingVec()) == pytest.approx(expected)
