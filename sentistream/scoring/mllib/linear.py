"""The vector stages of a pipeline as affine maps of term counts: weights and biases fold into one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.saved import Stage
from sentistream.scoring.mllib.vectors import Floats, matrix, vector

Link = Literal["logistic", "softmax"]
LINEAR = ("LogisticRegressionModel", "LinearSVCModel", "NaiveBayesModel")


@dataclass(frozen=True)
class Features:
    """A feature vector: entry i is `scale[i]` × the count of slot `slot[i]` of vectoriser `vectoriser[i]`."""

    vectoriser: npt.NDArray[np.int64]
    slot: npt.NDArray[np.int64]
    scale: Floats
    scalings: int = 0
    """How many factors a scale is the product of, which MLlib takes one after the other."""

    @classmethod
    def counts(cls, vectoriser: int, size: int) -> "Features":
        """What a vectoriser puts out."""
        return cls(np.full(size, vectoriser), np.arange(size), np.ones(size))

    def scaled(self, by: Floats) -> "Features":
        """Every entry times its own factor (IDF)."""
        return Features(self.vectoriser, self.slot, self.scale * by, self.scalings + 1)

    def selected(self, indices: Sequence[int]) -> "Features":
        """Some entries, in the order given (a fitted selector)."""
        at = np.array(indices, np.int64)
        return Features(self.vectoriser[at], self.slot[at], self.scale[at], self.scalings)

    @classmethod
    def joined(cls, parts: Sequence["Features"]) -> "Features":
        """One after the other (`VectorAssembler`)."""
        vectoriser, slot, scale = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("vectoriser", "slot", "scale")
        )
        return cls(vectoriser, slot, scale, max(part.scalings for part in parts))

    def times(self, weights: Floats, bias: Floats) -> "Affine":
        """weights[outputs, entries] · features + bias[outputs]."""
        if weights.shape[1] != len(self.scale):
            raise CannotCompileError(f"a classifier takes {weights.shape[1]} features, it is given {len(self.scale)}")
        return Affine(self.vectoriser, self.slot, weights * self.scale, bias)


@dataclass(frozen=True)
class Affine:
    """outputs = weights[outputs, entries] · counts + bias[outputs]."""

    vectoriser: npt.NDArray[np.int64]
    slot: npt.NDArray[np.int64]
    weights: Floats
    bias: Floats

    def times(self, weights: Floats, bias: Floats) -> "Affine":
        """Another affine map after this one: a calibration over raw predictions."""
        return Affine(self.vectoriser, self.slot, weights @ self.weights, weights @ self.bias + bias)

    def table(self, vectoriser: int, size: int) -> Floats:
        """The weights of one vectoriser's slots: float64[size, outputs]."""
        mine = self.vectoriser == vectoriser
        weights = np.zeros((size, len(self.bias)))
        np.add.at(weights, self.slot[mine], self.weights[:, mine].T)
        return weights


@dataclass(frozen=True)
class Classified:
    """What a classifier adds: the raw prediction, and the margins that `link` turns into probabilities (None: it has none)."""

    raw: Affine
    margins: Affine
    link: Link | None


def classify(stage: Stage, features: Features | Affine) -> Classified:
    """Apply a fitted linear classifier.

    Raises:
        CannotCompileError: it is of another kind.
    """
    if stage.kind not in LINEAR:
        raise CannotCompileError(f"{stage.kind} is not a linear classifier that is taken")
    data = stage.data
    if stage.kind == "LogisticRegressionModel":
        margins = features.times(matrix(data["coefficientMatrix"]), vector(data["interceptVector"]))
        if data["isMultinomial"]:
            return Classified(margins, margins, "softmax")
        return Classified(_both(margins), margins, "logistic")
    if stage.kind == "LinearSVCModel":
        margins = features.times(vector(data["coefficients"])[None, :], np.array([data["intercept"]]))
        return Classified(_both(margins), margins, None)
    if stage.parameters["modelType"] != "multinomial":
        raise CannotCompileError(f"naive Bayes of the type {stage.parameters['modelType']} is not linear")
    margins = features.times(matrix(data["theta"]), vector(data["pi"]))
    return Classified(margins, margins, "softmax")


def _both(margin: Affine) -> Affine:
    """MLlib's raw prediction of two classes is (-margin, margin)."""
    return margin.times(np.array([[-1.0], [1.0]]), np.zeros(2))
