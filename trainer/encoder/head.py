"""A logistic regression over an encoder's features, and the same as the last nodes of its graph.

Fitted by Böhning's bound (1992): the loss is nowhere more curved than half the features' own product, so one factorisation serves every step and no step
goes too far. With Nesterov's momentum some hundred steps of two small products do. MLlib's would start a JVM, and scikit-learn is 200 MB of an image.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, TensorProto, helper, numpy_helper

from sentistream.scoring.onnx.session import PROBABILITIES
from trainer.encoder.bert import FEATURES

Floats = npt.NDArray[np.float32]
STEPS = 400
ENOUGH = 1e-5
"""Of the largest slope, at which nothing more is gained."""


@dataclass(frozen=True)
class Head:
    """Weights float32[classes, features] and biases float32[classes]."""

    weights: Floats
    biases: Floats

    def probabilities(self, features: Floats) -> npt.NDArray[np.float64]:
        """float64[texts, classes]."""
        return _softmax((features @ self.weights.T + self.biases).astype(np.float64))


def fit(features: Floats, labels: npt.NDArray[np.int64], classes: int, regularisation: float, balanced: bool) -> Head:
    """The regression with the smallest mean cross-entropy plus `regularisation` / 2 of the squared weights.

    Args:
        features: float32[texts, features]; each is standardised first, which the weights undo.
        labels: int64[texts], below `classes`.
        classes: how many.
        regularisation: above 0.
        balanced: whether every class weighs the same, however many texts it has.
    """
    counts = np.bincount(labels, minlength=classes)
    shares = np.where(balanced, len(labels) / (classes * np.maximum(counts, 1)), 1.0)[labels] / len(labels)
    middle, spread = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + 1e-6
    given = np.ones((len(features), features.shape[1] + 1), np.float32)
    given[:, :-1] = (features - middle) / spread
    truth = np.eye(classes)[labels]
    ridge = np.append(np.full(features.shape[1], regularisation), 1e-9)
    weighted = given * shares[:, None].astype(np.float32)
    bound = 0.5 * (weighted.T @ given).astype(np.float64) + np.diag(ridge)
    inverse = np.linalg.inv(bound)
    now = ahead = np.zeros((features.shape[1] + 1, classes))
    momentum = 1.0
    for _ in range(STEPS):
        off = _softmax((given @ ahead.astype(np.float32)).astype(np.float64)) - truth
        slope = (weighted.T @ off.astype(np.float32)).astype(np.float64) + ridge[:, None] * ahead
        if np.abs(slope).max() < ENOUGH:
            break
        reached = ahead - inverse @ slope
        # Where momentum leads uphill it begins anew (O'Donoghue and Candès 2015).
        momentum = 1.0 if ((ahead - reached) * (reached - now)).sum() > 0 else momentum
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead, now, momentum = reached + (momentum - 1) / following * (reached - now), reached, following
    weights = now[:-1] / spread[:, None]
    return Head(weights.T.astype(np.float32), (now[-1] - middle @ weights).astype(np.float32))


def with_head(encoder: ModelProto, head: Head) -> ModelProto:
    """An encoder's graph that ends in probabilities instead of features."""
    model = ModelProto()
    model.CopyFrom(encoder)
    classes, width = head.weights.shape
    constants: dict[str, npt.NDArray[Any]] = {
        "head.weight": head.weights.reshape(1, classes, width),
        "head.bias": head.biases,
        "head.axis": np.array([1], np.int64),
        "head.last": np.array([2], np.int64),
    }
    model.graph.initializer.extend(numpy_helper.from_array(each, name) for name, each in constants.items())
    # A sum along each row and no matrix product, whose kernel for one text adds in another order than that for many.
    steps: tuple[tuple[str, list[str], str, dict[str, Any]], ...] = (
        ("Unsqueeze", [FEATURES, "head.axis"], "head.features", {}),
        ("Mul", ["head.features", "head.weight"], "head.products", {}),
        ("ReduceSum", ["head.products", "head.last"], "head.sums", {"keepdims": 0}),
        ("Add", ["head.sums", "head.bias"], "head.margins", {}),
        ("Softmax", ["head.margins"], PROBABILITIES, {"axis": -1}),
    )
    for operator, taken, name, attributes in steps:
        model.graph.node.append(helper.make_node(operator, taken, [name], name, **attributes))
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["texts", classes]))
    return model


def _softmax(margins: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    raised = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
