"""An explanation says what the scorer does, and nothing that it doesn't."""

import math
import re
from pathlib import Path

import pytest

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.explanation.explained import Explanation, How, explain
from sentistream.scoring.explanation.occlusion import MOST_WORDS, without, words
from sentistream.scoring.explanation.told import sentences
from sentistream.scoring.mllib import CompiledPipeline
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sparkml import CompiledScorer
from tests.support import saved_pipelines as saved
from tests.support.scorers import FunctionScorer

TWO = ModelVersion("m", 1, LabelMap(POLAR), NeutralBand(), "run")
THREE = ModelVersion("m", 2, LabelMap(WITH_NEUTRAL), NeutralBand(), "run")
TEXT = "I love this good day, but the end was bad"


@pytest.fixture
def linear(tmp_path: Path) -> CompiledScorer:
    return CompiledScorer(TWO, CompiledPipeline.from_saved(saved.write(tmp_path / "linear", saved.linear())))


@pytest.fixture
def tree(tmp_path: Path) -> CompiledScorer:
    return CompiledScorer(
        TWO, CompiledPipeline.from_saved(saved.write(tmp_path / "tree", saved.ending_in(saved.tree())))
    )


def by_words(text: str) -> list[float]:
    """Three classes, by the words in a text."""
    odds = [math.exp(2 * text.count(word)) for word in ("bad", "good", "so-so")]
    return [each / sum(odds) for each in odds]


def test_a_linear_models_contributions_add_up_to_its_log_odds(linear: Scorer) -> None:
    found = explain(linear, TEXT)
    assert found.how is How.WEIGHTS
    p = linear.score([TEXT])[0]
    assert found.probabilities == {"negative": p[0], "positive": p[1]}
    assert found.total == pytest.approx(math.log(p[1] / p[0]), abs=1e-9)
    assert found.start + sum(each.weight for each in found.contributions) == pytest.approx(found.total, abs=1e-9)
    assert [(each.words, each.weight) for each in found.contributions] == [("love", 3), ("good", 2), ("bad", -2)]
    assert sum(found.by_character[2:6]) == pytest.approx(4 * 3)


def test_the_segments_are_the_text_without_a_gap(linear: Scorer) -> None:
    found = explain(linear, TEXT)
    assert "".join(found.text[slice(*span)] for span, _ in found.segments) == TEXT
    assert {TEXT[slice(*span)]: weight for span, weight in found.segments if weight} == {
        "love": 3,
        "good": 2,
        "bad": -2,
    }


def test_the_sum_that_is_written_out_adds_up_as_it_is_written(linear: Scorer) -> None:
    decided, added, _ = sentences(explain(linear, TEXT))
    assert decided.startswith("m 1 says positive: P(negative) 0.0474, P(positive) 0.9526.")
    assert added == "ln(P(positive) / P(negative)) = 3.00 = 0.00 to begin with +3.00 “love” +2.00 “good” -2.00 “bad”."
    numbers = [float(each) for each in re.findall(r"[=+-] ?(-?\d+\.\d+)", added.replace("-2", "+-2"))]
    assert numbers[0] == sum(numbers[1:])


def test_what_would_turn_it_is_asked_of_the_scorer(linear: Scorer) -> None:
    for text, sentiment in ((TEXT, "positive"), ("a bad day", "negative"), ("a good bad day", "neutral")):
        found = explain(linear, text)
        assert found.sentiment == sentiment
        assert found.flip is not None
        left = without(text, found.flip.left_out)
        assert found.flip.probabilities["positive"] == linear.score([left])[0, 1]
        assert explain(linear, left).sentiment == found.flip.sentiment != sentiment
    flip = explain(linear, TEXT).flip
    assert flip is not None
    assert [TEXT[slice(*span)] for span in flip.left_out] == ["love"]
    alone = explain(linear, "love")
    assert alone.flip is None
    assert "would not turn it" in sentences(alone)[2]


def test_what_no_weights_explain_is_explained_by_leaving_words_out(tree: Scorer) -> None:
    found = explain(tree, TEXT)
    p = tree.score([TEXT, ""])[:, 1]
    assert (found.how, found.total, found.start) == (How.OCCLUSION, p[0], p[1])
    assert found.contributions
    for each in found.contributions:
        [(span,)] = each.places
        assert each.weight == found.total - tree.score([without(TEXT, [span])])[0, 1] != 0
    assert "These don't add up" in sentences(found)[1]


def test_of_three_classes_the_chosen_one_is_weighed_against_the_others() -> None:
    scorer = FunctionScorer(THREE, by_words)
    found = explain(scorer, "good good bad, so-so")
    assert (found.sentiment, found.towards, found.against) == ("positive", "positive", "negative")
    assert [each.words for each in found.contributions if each.weight > 0] == ["good", "good"]
    assert found.flip is not None
    assert found.flip.sentiment != "positive"
    assert list(found.probabilities) == ["negative", "neutral", "positive"]


def test_a_long_text_costs_no_more_scores_than_a_short_one() -> None:
    text = " ".join(f"word{number}" for number in range(5_000))
    spans = words(text)
    assert len(spans) <= MOST_WORDS
    assert "".join(text[slice(*span)] for span in spans).count("word") == 5_000


def test_what_is_printed_as_json_holds_the_whole_sum(linear: Scorer) -> None:
    found: Explanation = explain(linear, TEXT)
    written = found.as_dict()
    assert written["how"] == "weights"
    assert written["total"] == found.total
