"""`python -m sentistream.scoring.mllib`: have the kernels compiled and cached, at set-up, so that no start has to wait for it."""

from typing import get_type_hints

import numpy as np
import pyarrow as pa

from sentistream import tweet_form
from sentistream.scoring.mllib import kernel
from sentistream.scoring.mllib.compiled import CompiledPipeline
from sentistream.scoring.mllib.linear import Affine
from sentistream.scoring.mllib.ngrams import Grams, Vectoriser
from sentistream.scoring.mllib.plan import Plan
from sentistream.scoring.mllib.regex.program import compile_pattern
from sentistream.scoring.mllib.text import Tokeniser
from sentistream.scoring.mllib.trees import walk
from sentistream.scoring.mllib.trees.walk import Trees
from sentistream.tweet_form import fingerprint

WORDS = Vectoriser(Grams("words", (1, 2)), 2, binary=True, vocabulary=("good", "not good"))


def warm_up() -> None:
    """Score one text with a model of two n-grams: numba takes seconds where it has no cache."""
    margins = Affine(np.array([0, 0]), np.array([0, 1]), np.array([[1.0, -2.0]]), np.zeros(1))
    tokeniser = Tokeniser((), compile_pattern(r"\s+"), kernel.SPLIT)
    pipeline = CompiledPipeline.from_plan(Plan({"words": tokeniser}, (WORDS,), margins, "logistic"))
    positive = pipeline.score(pa.array(["not good"], pa.large_string()))[0, 1]
    assert round(float(positive), 6) == round(1 / (1 + np.e), 6), positive  # noqa: S101 - a kernel that computes wrongly must not be set up


def warm_up_trees() -> None:
    """Walk one tree of one node: whoever has none does without."""
    node = {name: np.zeros(1, kind.__args__[1].__args__[0]) for name, kind in get_type_hints(Trees).items()}
    tree = Trees(**{**node, "left": np.full(1, -1, np.int32), "shares": np.array([[0.25, 0.75]])})
    found = np.empty((1, 2))
    walk.probabilities(np.zeros((1, 1)), tree, found)
    assert found.tolist() == [[0.25, 0.75]], found  # noqa: S101 - as above


def main() -> None:
    """Warm the scorers up, and make a text's fingerprint."""
    fingerprint.of(tweet_form.normal(pa.array(["not good"])))
    warm_up()
    warm_up_trees()


if __name__ == "__main__":
    main()
