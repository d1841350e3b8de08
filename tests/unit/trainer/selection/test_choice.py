import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, LabelMap
from sentistream.errors import UserError
from sentistream.evaluation import metrics
from sentistream.evaluation.predictions import Predictions
from trainer.grid.outcomes import Outcome, Scored
from trainer.selection.choice import choose, fast_enough


def scored(cell: str, wrong: int, rate: float) -> Scored:
    truth = np.arange(200) % 2
    says = np.where(np.arange(200) < wrong, 1 - truth, truth)
    predictions = Predictions(LabelMap(POLAR), np.arange(200), truth, np.eye(2)[says])
    return Scored(Outcome(cell, tweets_per_second=rate), predictions, metrics.of(predictions))


SLOW_AND_GOOD, FAST = scored("transformer", 20, 600), scored("n-grams", 40, 90_000)


def test_the_best_wins_unless_it_is_too_slow() -> None:
    both = [SLOW_AND_GOOD, FAST]
    assert choose(fast_enough(both, 0)) is SLOW_AND_GOOD
    assert choose(fast_enough(both, 600)) is SLOW_AND_GOOD
    assert choose(fast_enough(both, 601)) is FAST


def test_where_none_is_fast_enough_nothing_is_chosen() -> None:
    with pytest.raises(UserError, match="the fastest, n-grams, scores 90,000"):
        fast_enough([SLOW_AND_GOOD, FAST], 100_000)
