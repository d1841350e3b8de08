import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import checked
from sentistream.scoring.errors import UnfitError
from tests.support.scorers import FunctionScorer

VERSION = ModelVersion("tweet-sentiment", 3, LabelMap(POLAR), NeutralBand(0.4, 0.6), "a run")


def of_length(text: str) -> Sequence[float]:
    return (1 - 1 / len(text), 1 / len(text))


def column(texts: Sequence[str | None]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def test_what_the_stream_would_not_score_is_nan_and_the_rest_stays_in_its_place() -> None:
    found = checked.score_or_nan(FunctionScorer(VERSION, of_length), column(["ab", None, " ", "a\0", "abcd"]))
    np.testing.assert_array_equal(found[:, 1], [0.5, math.nan, math.nan, math.nan, 0.25])


def test_many_texts_are_scored_in_parts_and_come_in_their_order() -> None:
    texts = column(["x" * (1 + number % 50) if number % 7 else None for number in range(2 * checked.ROWS + 5)])
    scorer = FunctionScorer(VERSION, of_length)
    np.testing.assert_array_equal(checked.score_on_cores(scorer, texts), checked.score_or_nan(scorer, texts))


@pytest.mark.parametrize("said", [(math.nan, math.nan), (0.5, 0.6), (-0.5, 1.5)])
def test_what_is_no_probability_is_no_answer(said: Sequence[float]) -> None:
    with pytest.raises(UnfitError, match="no probabilities"):
        checked.score(FunctionScorer(VERSION, lambda _: said), column(["ab"]))


def test_a_scorer_that_fails_is_named_and_the_text_is_not() -> None:
    with pytest.raises(UnfitError, match=r"tweet-sentiment/3 fails on some text \(KeyError\)") as failed:
        checked.score(FunctionScorer(VERSION, {}.__getitem__), column(["a secret"]))
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("fault", [MemoryError(), UserError("it is named already")])
def test_what_is_not_the_versions_fault_stays_what_it_is(fault: Exception) -> None:
    def fails(_: str) -> Sequence[float]:
        raise fault

    with pytest.raises(type(fault)):
        checked.score(FunctionScorer(VERSION, fails), column(["ab"]))
