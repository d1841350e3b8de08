"""Stand-ins for a scorer: any function of one text, and one that a trained version becomes by one bad weight."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.scorer import MeasuredScorer, Scorer
from sentistream.scoring.sentiment import Probabilities


class FunctionScorer(MeasuredScorer):
    """Scores each text by a function, if asked no faster than a real model would; the measured speed is real."""

    def __init__(
        self, version: ModelVersion, of_text: Callable[[str], Sequence[float]], seconds_a_text: float = 0.0
    ) -> None:
        super().__init__(version)
        self._of_text = of_text
        self._seconds_a_text = seconds_a_text

    def _probabilities(self, texts: pa.LargeStringArray) -> Probabilities:
        time.sleep(self._seconds_a_text * len(texts))
        shares = [self._of_text(text) for text in texts.to_pylist()]
        return np.array(shares, np.float64) if shares else np.empty((0, len(self.classes)))


class SpoiltScorer(MeasuredScorer):
    """Scores as another one does, and gives NaN for each text with a certain part, as where an n-gram's weight is NaN."""

    def __init__(self, whole: Scorer, part: str) -> None:
        super().__init__(whole.version)
        self._whole = whole
        self._part = part

    def _probabilities(self, texts: pa.LargeStringArray) -> Probabilities:
        probabilities = self._whole.score(texts)
        probabilities[pc.match_substring(texts, self._part).to_numpy(zero_copy_only=False)] = np.nan
        return probabilities
