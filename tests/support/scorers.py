"""A stand-in for a scorer: any function of one text."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.scorer import MeasuredScorer
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
