"""What a user would write without Spark: the same features and weights as a scikit-learn pipeline.

Imports nothing of sentistream at run time: the peers unpickle it in environments of their own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline


@dataclass(frozen=True)
class Cleaner:
    """The pipeline's cleaning with Python's regular expressions."""

    entities: tuple[tuple[str, str], ...]
    letters: dict[int, int]
    replacements: tuple[tuple[re.Pattern[str], str], ...]

    def __call__(self, text: str) -> str:
        """Clean one text."""
        for entity, character in self.entities:
            text = text.replace(entity, character)
        text = text.translate(self.letters)
        for pattern, replacement in self.replacements:
            text = pattern.sub(replacement, text)
        return text


@dataclass(frozen=True)
class Tokens:
    """All matches of the token pattern."""

    pattern: re.Pattern[str]

    def __call__(self, text: str) -> list[str]:
        """Cut one text."""
        return self.pattern.findall(text)


def pipeline(
    cleaner: Cleaner,
    tokens: Tokens,
    vocabulary: Sequence[str],
    idf: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    intercept: float,
) -> Pipeline:
    """A fitted pipeline from a model's own numbers."""
    longest = max(term.count(" ") for term in vocabulary) + 1
    counts = CountVectorizer(
        preprocessor=cleaner,
        tokenizer=tokens,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, longest),
        binary=True,
        vocabulary={term: number for number, term in enumerate(vocabulary)},
        dtype=np.float64,
    )
    scale = TfidfTransformer(norm=None)
    scale.idf_ = idf
    classifier = LogisticRegression()
    classifier.classes_, classifier.coef_ = np.array([0, 1]), weights.reshape(1, -1)
    classifier.intercept_ = np.array([intercept])
    return Pipeline([("counts", counts), ("scale", scale), ("classifier", classifier)])


def positive(fitted: Any, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """P(positive) of each text."""
    found: npt.NDArray[np.float64] = fitted.predict_proba(texts)[:, 1]
    return found
