from typing import cast

import pytest
from pyspark.sql import SparkSession

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import probe
from stream_processor.stream.placement import OnDriver, OnExecutors
from tests.support.scorers import FunctionScorer

MODEL = ModelVersion("m", 3, LabelMap(POLAR), NeutralBand(), "run")
NO_SPARK = cast(SparkSession, None)


@pytest.fixture(scope="module")
def scorer() -> FunctionScorer:
    """Of known speed."""
    scorer = FunctionScorer(MODEL, lambda text: (0.1, 0.9) if "love" in text else (0.9, 0.1), seconds_a_text=1 / 500)
    OnDriver(scorer).warm_up(NO_SPARK)
    return scorer


def test_the_driver_scores_the_probe_on_the_whole_way_and_knows_its_speed_after_it(scorer: FunctionScorer) -> None:
    placement = OnDriver(scorer)
    scored = placement.warm_up(NO_SPARK)
    assert scored["text"].to_pylist() == list(probe.TEXTS)
    assert scored["sentiment"].to_pylist() == ["positive" if "love" in text else "negative" for text in probe.TEXTS]
    assert set(scored["model_version"].to_pylist()) == {3}
    # A text takes at least its time.
    assert 1 <= (placement.rows_at_once() or 0) <= 500
    assert placement.rows_a_trigger(4) is None


def test_where_spark_scores_a_trigger_is_bounded_by_the_tasks_that_share_it(scorer: FunctionScorer) -> None:
    one, four = (OnExecutors(scorer).rows_a_trigger(tasks) for tasks in (1, 4))
    assert one is not None
    assert four == 4 * one
    assert OnExecutors(scorer).rows_at_once() is None


def test_of_a_scorer_that_has_not_scored_nothing_is_bounded() -> None:
    untried = FunctionScorer(MODEL, lambda _: (0.5, 0.5))
    assert OnDriver(untried).rows_at_once() is None
    assert OnExecutors(untried).rows_a_trigger(2) is None
