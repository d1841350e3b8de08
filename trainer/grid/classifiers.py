"""The classifiers that the grid compares, each with the hyper-parameters that matter; all give probabilities."""

from dataclasses import dataclass
from typing import Any, Literal

from pyspark.ml import PipelineModel
from pyspark.ml.base import Estimator
from pyspark.ml.classification import (
    DecisionTreeClassifier,
    LinearSVC,
    LogisticRegression,
    NaiveBayes,
    RandomForestClassifier,
)
from pyspark.sql import DataFrame

Kind = Literal["logistic-regression", "linear-svm", "naive-bayes", "decision-tree", "random-forest"]
TWO_CLASSES_ONLY = frozenset({"linear-svm"})
WEIGHT = "weight"
"""The column of row weights with which all classes weigh the same."""
CALIBRATION_SHARE = 0.1
"""Of the training rows, kept from the machine for its calibration."""


@dataclass(frozen=True)
class Classifier:
    """A kind of classifier with its hyper-parameters."""

    kind: Kind
    regularisation: float = 0.0
    """MLlib's regParam; for naive Bayes its smoothing; trees have none."""
    elastic_net: float = 0.0
    """The share of L1 in it."""
    iterations: int = 50
    balanced: bool = False
    """Whether every class weighs the same, however many rows it has."""
    depth: int = 8
    trees: int = 20

    @property
    def name(self) -> str:
        """With the hyper-parameters that its kind has, `logistic-regression(reg=0.01)`."""
        match self.kind:
            case "logistic-regression" | "linear-svm":
                given = [f"reg={self.regularisation:g}"] + [f"l1={self.elastic_net:g}"] * bool(self.elastic_net)
                given += [f"iterations={self.iterations}"] * (self.iterations > 50) + ["balanced"] * self.balanced
            case "naive-bayes":
                given = [f"smoothing={self.regularisation:g}"]
            case "decision-tree":
                given = [f"depth={self.depth}"]
            case "random-forest":
                given = [f"trees={self.trees}", f"depth={self.depth}"]
        return f"{self.kind}({','.join(given)})"

    def estimator(self, features: str, seed: int) -> Estimator[Any]:
        """Ready to be fitted to a column of vectors and the column `label`."""
        # Features keep their own scale: weighting has set it, and standardising would make rare n-grams loud.
        match self.kind:
            case "logistic-regression":
                regression = LogisticRegression(
                    featuresCol=features,
                    maxIter=self.iterations,
                    regParam=self.regularisation,
                    elasticNetParam=self.elastic_net,
                    standardization=False,
                )
                return regression.setWeightCol(WEIGHT) if self.balanced else regression
            case "linear-svm":
                return CalibratedSvm(features, self.regularisation, self.iterations, seed)
            case "naive-bayes":
                return NaiveBayes(featuresCol=features, smoothing=self.regularisation)
            case "decision-tree":
                return DecisionTreeClassifier(featuresCol=features, maxDepth=self.depth, seed=seed)
            case "random-forest":
                return RandomForestClassifier(featuresCol=features, maxDepth=self.depth, numTrees=self.trees, seed=seed)


class CalibratedSvm(Estimator[PipelineModel]):
    """A linear support vector machine whose margin a logistic regression turns into a probability (Platt 1999).

    The regression learns on rows that the machine has not seen: margins of its own rows are too wide.
    """

    def __init__(self, features: str, regularisation: float, iterations: int, seed: int) -> None:
        super().__init__()
        self._features = features
        self._regularisation, self._iterations, self._seed = regularisation, iterations, seed

    def _fit(self, dataset: DataFrame) -> PipelineModel:
        machine_rows, calibration_rows = dataset.randomSplit([1 - CALIBRATION_SHARE, CALIBRATION_SHARE], self._seed)
        machine = LinearSVC(
            featuresCol=self._features,
            maxIter=self._iterations,
            regParam=self._regularisation,
            standardization=False,
            rawPredictionCol="margin",
            predictionCol="side",
        ).fit(machine_rows)
        margins = machine.transform(calibration_rows)
        return PipelineModel(stages=[machine, LogisticRegression(featuresCol="margin").fit(margins)])
