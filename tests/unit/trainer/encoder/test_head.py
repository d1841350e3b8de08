"""The head is the regression that any library fits, and its nodes are the same function."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sentistream.scoring.onnx.session import MASK, PROBABILITIES, TOKENS, begun
from tests.support import graphs
from trainer.encoder import bert, embedding, head


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_it_is_the_minimum_that_another_library_finds(classes: int, balanced: bool) -> None:
    rng = np.random.default_rng(classes)
    labels = rng.choice(classes, 600, p=np.array([0.6, 0.3, 0.1][:classes]) / sum([0.6, 0.3, 0.1][:classes]))
    features = (rng.normal(size=(600, 8)) * rng.uniform(0.1, 3, 8) + labels[:, None] * 0.4).astype(np.float32)
    fitted = head.fit(features, labels, classes, 0.01, balanced)
    middle, spread = features.mean(axis=0), features.std(axis=0)
    weight = "balanced" if balanced else None
    # Its strength is of the sum, ours of the mean; of two classes it has one row of weights, ours two halves.
    strength = 1 / (600 * 0.01 * (0.5 if classes == 2 else 1))
    other = LogisticRegression(C=strength, class_weight=weight, tol=1e-8, max_iter=1_000)
    expected = other.fit((features - middle) / spread, labels).predict_proba((features - middle) / spread)
    assert np.abs(fitted.probabilities(features) - expected).max() < 1e-3


def test_the_graph_ends_in_the_same_probabilities() -> None:
    encoder = bert.graph(graphs.encoder())
    rng = np.random.default_rng(5)
    fitted = head.Head(rng.normal(size=(3, graphs.HIDDEN)).astype(np.float32), rng.normal(size=3).astype(np.float32))
    tokens = graphs.tokens(["a good day", "a bad day"])
    expected = fitted.probabilities(embedding.features(encoder, tokens, 0))
    running = begun(head.with_head(encoder, fitted).SerializeToString())
    for row, text in enumerate(tokens):
        given = {TOKENS: np.array([text]), MASK: np.ones((1, len(text)), np.int64)}
        [found] = running.run([PROBABILITIES], given)
        assert np.abs(found[0] - expected[row]).max() < 1e-5
