import math
from collections.abc import Callable

import numpy as np
import pytest
from structlog.testing import capture_logs

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import probe
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.mllib import CompiledPipeline, kernel
from sentistream.scoring.mllib.linear import Affine
from sentistream.scoring.mllib.ngrams import Grams, Vectoriser
from sentistream.scoring.mllib.plan import Plan
from sentistream.scoring.mllib.regex.program import compile_pattern
from sentistream.scoring.mllib.text import Tokeniser
from sentistream.scoring.sparkml import CompiledScorer
from sentistream.scoring.succession.standing import Standing
from stream_processor.stream import trial
from stream_processor.stream.placement import OnDriver, OnExecutors
from stream_processor.stream.succession.serving import Serving
from tests.support.scorers import FunctionScorer

WORD = probe.TEXTS[0].split()[-1]
OfText = Callable[[str], tuple[float, float]]


def certain(_: str) -> tuple[float, float]:
    return 0.1, 0.9


def nan_on_a_word(text: str) -> tuple[float, float]:
    return (math.nan, math.nan) if WORD in text else (0.1, 0.9)


def too_much_on_a_word(text: str) -> tuple[float, float]:
    return (-math.inf, math.inf) if WORD in text else (0.1, 0.9)


def fails_on_a_word(text: str) -> tuple[float, float]:
    if WORD in text:
        raise ValueError(text)
    return 0.1, 0.9


def out_of_memory(_: str) -> tuple[float, float]:
    raise MemoryError


def placed(number: int, of_text: OfText) -> OnDriver:
    return OnDriver(FunctionScorer(ModelVersion("m", number, LabelMap(POLAR), NeutralBand(), "run"), of_text))


@pytest.mark.parametrize("of_text", [nan_on_a_word, too_much_on_a_word, fails_on_a_word])
def test_a_version_that_gives_no_probability_gives_way_to_the_one_before_it_in_one_sentence(of_text: OfText) -> None:
    first, unfit, standing = placed(1, certain), placed(2, of_text), Standing()
    serving = Serving(first, standing)
    serving.take(unfit)
    assert standing.serving == unfit.scorer.version
    with capture_logs() as logs:
        scored, version = serving.scored(trial.records())
    assert version == first.scorer.version
    assert set(scored["model_version"].to_pylist()) == {1}
    assert set(scored["p_positive"].to_pylist()) == {0.9}
    assert (serving.placement, standing.serving, standing.unfit) == (first, version, (unfit.scorer.version,))
    [said] = logs
    assert (said["event"], said["model"], said["serving"]) == ("model refused", "models:/m/2", "models:/m/1")
    assert said["reason"].startswith("models:/m/2 ")
    assert all(text not in str(said) for text in probe.TEXTS)


def test_the_first_version_has_none_to_give_way_to() -> None:
    serving = Serving(placed(1, nan_on_a_word), Standing())
    with pytest.raises(UnfitError, match="models:/m/1 gives no probabilities"):
        serving.scored(trial.records())


def test_an_unfit_version_is_nothing_to_go_back_to() -> None:
    standing = Standing()
    serving = Serving(placed(1, certain), standing)
    for number in (2, 3):
        serving.take(placed(number, nan_on_a_word))
    with pytest.raises(UnfitError, match="models:/m/2 gives"):
        serving.scored(trial.records())
    assert [each.version for each in standing.unfit] == [3, 2]


def test_one_that_was_taken_meanwhile_scores_instead() -> None:
    standing = Standing()
    unfit, next_one = placed(1, nan_on_a_word), placed(2, certain)
    serving = Serving(unfit, standing)
    serving.take(next_one)
    with capture_logs() as logs:
        assert serving.back(UnfitError(unfit.scorer.version, "models:/m/1 is unfit.")) is next_one
        assert serving.back(UnfitError(unfit.scorer.version, "models:/m/1 is unfit.")) is next_one
    assert len(logs) == 1


def test_an_unfit_version_is_named_where_another_is_taken_before_one_to_go_back_to_is_found() -> None:
    unfit, next_one = placed(1, nan_on_a_word), placed(2, certain)
    serving = Serving(unfit, Standing())
    fault = UnfitError(unfit.scorer.version, "models:/m/1 is unfit.")
    with capture_logs() as logs:
        assert serving.back(fault) is None
        serving.take(next_one)
        assert serving.back(fault) is next_one
    assert [(each["reason"], each["serving"]) for each in logs] == [("models:/m/1 is unfit.", "models:/m/2")]


def test_what_the_machine_is_to_blame_for_refuses_nobody() -> None:
    standing = Standing()
    serving = Serving(placed(1, certain), standing)
    serving.take(placed(2, out_of_memory))
    with pytest.raises(MemoryError):
        serving.scored(trial.records())
    assert standing.unfit == ()


def test_where_the_plan_holds_the_model_the_records_have_to_come_again() -> None:
    standing = Standing()
    before = OnExecutors(FunctionScorer(placed(1, certain).scorer.version, certain))
    serving = Serving(before, standing)
    serving.take(placed(2, nan_on_a_word))
    with pytest.raises(UnfitError):
        serving.scored(trial.records())
    assert serving.placement is before


def test_a_compiled_version_is_kept_to_go_back_to() -> None:
    tokeniser = Tokeniser((), compile_pattern(r"\s+"), kernel.SPLIT)
    words = Vectoriser(Grams("words", (1,)), 1, binary=True, vocabulary=("good",))
    margins = Affine(np.array([0]), np.array([0]), np.array([[1.0]]), np.zeros(1))
    pipeline = CompiledPipeline.from_plan(Plan({"words": tokeniser}, (words,), margins, "logistic"))
    unfit = placed(2, nan_on_a_word)
    before = OnDriver(CompiledScorer(placed(1, certain).scorer.version, pipeline))
    serving = Serving(before, Standing())
    serving.take(unfit)
    assert serving.back(UnfitError(unfit.scorer.version, "models:/m/2 is unfit.")) is before
