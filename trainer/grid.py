"""The named cells that a training run compares: a feature set and a classifier."""

from dataclasses import dataclass
from typing import Literal

from pyspark.ml.classification import LogisticRegression

from trainer.features import FeatureSet

GridName = Literal["quick"]


@dataclass(frozen=True)
class Cell:
    """One candidate of the grid."""

    features: FeatureSet
    regularisation: float
    iterations: int = 50

    @property
    def name(self) -> str:
        """As reports and the registry name it."""
        return f"logistic-regression/{self.features.name}/reg={self.regularisation:g}"

    def classifier(self) -> LogisticRegression:
        """The untrained classifier, over the column `features`."""
        # Features keep their own scale: IDF has set it, and standardising would make rare n-grams loud.
        return LogisticRegression(
            maxIter=self.iterations, regParam=self.regularisation, standardization=False, labelCol="label"
        )


def quick() -> list[Cell]:
    """Words alone against 1-, 2- and 3-grams: what a laptop compares while one waits."""
    return [Cell(FeatureSet(longest), regularisation=0.01, iterations=25) for longest in (1, 3)]


GRIDS = {"quick": quick}
