"""Live accuracy counts each text once, and only where it is known that the version was not trained on it."""

from dataclasses import replace

import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import HOLDOUT, NAME, part_of
from sentistream.evaluation.live import live_accuracy
from sentistream.evaluation.significance import wilson

TWO = ModelVersion("m", 1, LabelMap(POLAR), NeutralBand(), "run", split=NAME)
THREE = ModelVersion("m", 2, LabelMap(WITH_NEUTRAL), NeutralBand(), "run", split=NAME)
WORDS = [f"{first}{second}" for first in "abcdefghij" for second in "klmnopqrst"]
UNSEEN = [word for word in WORDS if part_of(word) in HOLDOUT]
SEEN = [word for word in WORDS if part_of(word) not in HOLDOUT]


def rows(*given: tuple[str, str, str, float]) -> pa.Table:
    names = ("text", "label", "sentiment", "p_positive")
    return pa.table({name: pa.array(column) for name, column in zip(names, zip(*given, strict=True), strict=True)})


def test_rows_that_a_version_may_have_learnt_and_texts_that_come_again_count_for_nothing() -> None:
    table = rows(
        (UNSEEN[0], "positive", "positive", 0.9),
        (UNSEEN[0], "negative", "positive", 0.9),
        (UNSEEN[1], "negative", "positive", 0.8),
        # Within the band: not decided, and chosen all the same.
        (UNSEEN[2], "positive", "neutral", 0.55),
        (UNSEEN[3], "neutral", "neutral", 0.5),
        (SEEN[0], "positive", "negative", 0.1),
    )
    found = live_accuracy(table, TWO)
    assert (found.tweets, found.texts, found.rows, found.right) == (6, 5, 3, 2)
    assert (found.decided, found.decided_right) == (2, 1)
    assert found.accuracy == pytest.approx(2 / 3)
    of_three = live_accuracy(table, THREE)
    assert (of_three.rows, of_three.right, of_three.decided) == (4, 2, 4)


def test_of_a_version_that_does_not_say_what_it_learnt_nothing_is_known() -> None:
    found = live_accuracy(rows((UNSEEN[0], "positive", "positive", 0.9)), replace(TWO, split=""))
    assert (found.is_known, found.rows, found.accuracy, found.interval) == (False, 0, None, None)


def test_the_interval_of_a_share_is_wilsons() -> None:
    # Wilson 1927, as R's prop.test(correct = FALSE) gives it.
    assert (wilson(8, 10).low, wilson(8, 10).high) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert wilson(10, 10).high == pytest.approx(1)
    assert 0 < wilson(10, 10).low < 1
    assert wilson(0, 10).low == 0
