"""The compiled pipeline, where no pipeline is saved."""

import numpy as np
import pyarrow as pa
import pytest

from sentistream.scoring.mllib import CompiledPipeline, kernel
from sentistream.scoring.mllib.linear import Affine
from sentistream.scoring.mllib.ngrams import Grams, Vectoriser
from sentistream.scoring.mllib.plan import Plan
from sentistream.scoring.mllib.regex.program import compile_pattern
from sentistream.scoring.mllib.text import Replace, Tokeniser

WORDS = Vectoriser(Grams("words", (1,)), 1, binary=True, vocabulary=("good",))


def test_a_text_that_replacements_make_too_long_is_an_error_and_no_lack_of_memory() -> None:
    longer = Replace(compile_pattern("a", "x" * 30_000))
    tokeniser = Tokeniser((longer,), compile_pattern(r"\s+"), kernel.SPLIT)
    margins = Affine(np.array([0]), np.array([0]), np.array([[1.0]]), np.zeros(1))
    pipeline = CompiledPipeline.from_plan(Plan({"words": tokeniser}, (WORDS,), margins, "logistic"))
    assert pipeline.score(pa.array(["a good one"], pa.large_string())).shape == (1, 2)
    with pytest.raises(ValueError, match="replacements make a text too long"):
        pipeline.score(pa.array(["a" * 3_000], pa.large_string()))
