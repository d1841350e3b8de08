"""Accuracies on the tweets that neither version was trained on, small enough to be counted by hand."""

from dataclasses import replace
from itertools import count

import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import HOLDOUT, NAME, Part, part_of
from sentistream.evaluation.distinct import Met
from stream_processor.history import comparison_report
from stream_processor.history.comparison import Comparison, compared
from tests.support.scorers import FunctionScorer

TWO = ModelVersion("tweet-sentiment", 3, LabelMap(POLAR), NeutralBand(), "run 3", split=NAME)
THREE = ModelVersion("tweet-sentiment", 4, LabelMap(WITH_NEUTRAL), NeutralBand(), "run 4", split=f"{NAME} by time")
# label, P(positive) of the first, [negative, positive, neutral] of the second
ROWS = [
    ("positive", 0.9, (0.1, 0.8, 0.1)),
    ("positive", 0.45, (0.2, 0.7, 0.1)),  # in the first's band, where it leans to negative
    ("negative", 0.1, (0.7, 0.1, 0.2)),
    ("negative", 0.7, (0.2, 0.1, 0.7)),  # neutral for the second, which leans to negative
    ("neutral", 0.3, (0.2, 0.3, 0.5)),
    (None, 0.2, (0.1, 0.2, 0.7)),
]


def texts(parts: tuple[Part, ...], number: int) -> list[str]:
    """Invented texts of some parts of the split."""
    spelt = (f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)} words" for n in count())
    found = (text for text in spelt if part_of(text) in parts)
    return [next(found) for _ in range(number)]


def measured(
    parts: tuple[Part, ...],
    first: ModelVersion = TWO,
    second: ModelVersion = THREE,
    met: Met | None = None,
    repeats: int = 1,
) -> Comparison:
    said = dict(zip(texts(parts, len(ROWS)), ROWS, strict=True))
    tweets = pa.table(
        {"text": list(said), "lang": ["en"] * len(ROWS), "label": pa.array([row[0] for row in ROWS], pa.string())}
    )
    two = FunctionScorer(first, lambda text: (1 - said[text][1], said[text][1]))
    three = FunctionScorer(second, lambda text: said[text][2])
    return compared(pa.concat_tables([tweets] * repeats), [two, three], Met() if met is None else met)


def test_an_accuracy_is_of_the_holdout_and_of_the_classes_that_both_know() -> None:
    found = measured(HOLDOUT)
    assert (found.held_out.labelled, found.held_out.unseen, found.held_out.rows) == (5, 5, 4)
    quality = found.held_out.quality
    assert quality is not None
    # Of +, +, −, − the first chooses +, −, −, +, and the second +, +, −, −.
    assert (quality.rows, quality.accuracy) == (4, (0.5, 1.0))
    assert quality.macro_f1 == pytest.approx((0.5, 1.0))
    assert (quality.mcnemar.only_first, quality.mcnemar.only_second, quality.mcnemar.p_value) == (0, 2, 0.5)


def test_a_neutral_of_the_band_is_coverage_and_no_error() -> None:
    quality = measured(HOLDOUT).held_out.quality
    assert quality is not None
    # The first does not decide the second tweet, the second not the fourth.
    assert quality.coverage == (0.75, 0.75)
    assert quality.covered_accuracy == pytest.approx((2 / 3, 1.0))


def test_rows_that_a_version_was_trained_on_never_count() -> None:
    trained_on = measured((Part.TRAIN, Part.VALIDATION))
    assert (trained_on.held_out.labelled, trained_on.held_out.unseen, trained_on.held_out.quality) == (5, 0, None)
    both = trained_on + measured(HOLDOUT)
    assert both.held_out.quality == measured(HOLDOUT).held_out.quality
    assert "Of 10 labelled texts 5 belong to the holdout" in comparison_report.measured_on(both)


@pytest.mark.parametrize("split", ["", "random 80/20", "sentistream/split/10"])
def test_what_can_not_be_known_is_called_unknown(split: str) -> None:
    found = measured(HOLDOUT, second=replace(THREE, split=split))
    assert found.held_out.quality is None
    assert comparison_report.measured_on(found).startswith(
        "Accuracy: unknown. tweet-sentiment 4 does not say on which rows it was trained"
    )


def test_parts_add_up_to_the_whole() -> None:
    whole = measured(HOLDOUT).held_out
    twice = (measured(HOLDOUT) + measured(HOLDOUT)).held_out
    assert twice.rows == 2 * whole.rows
    assert twice.covered.tolist() == (2 * whole.covered).tolist()


def test_a_text_that_comes_again_counts_once_in_every_figure_and_the_repeats_are_said() -> None:
    once, met = measured(HOLDOUT), Met()
    looped = measured(HOLDOUT, met=met, repeats=3) + measured(HOLDOUT, met=met, repeats=2)
    assert looped.held_out.quality == once.held_out.quality
    assert looped.agreement.tolist() == once.agreement.tolist()
    assert looped.differences.tolist() == once.differences.tolist()
    assert (looped.tweets, looped.rows, looped.repeats) == (30, 6, 24)
    assert (looped.held_out.labelled, looped.held_out.repeats) == (5, 20)
    assert comparison_report.counted(looped).startswith("Of 30 tweets 24 repeat a text that came before")
    assert "Of 5 labelled texts (20 repeats left out) 5 belong to the holdout" in comparison_report.measured_on(looped)


def test_a_label_that_comes_with_a_later_tweet_of_the_text_counts_once_too() -> None:
    [text] = texts(HOLDOUT, 1)
    tweets = pa.table(
        {"text": [text, f" {text} ", text], "lang": ["en"] * 3, "label": [None, "positive", "negative"]},
        pa.schema([("text", pa.string()), ("lang", pa.string()), ("label", pa.string())]),
    )
    found = compared(tweets, [FunctionScorer(version, lambda _: (0.1, 0.9)) for version in (TWO, TWO)], Met())
    assert (found.rows, found.held_out.tweets, found.held_out.rows) == (1, 2, 1)
    assert found.held_out.quality is not None
    assert found.held_out.quality.accuracy == (1.0, 1.0)
