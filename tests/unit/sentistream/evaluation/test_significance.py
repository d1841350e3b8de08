import numpy as np
import pytest

from sentistream.evaluation.metrics import Evaluation
from sentistream.evaluation.significance import bootstrap, mcnemar


def accuracy_of(right: int, wrong: int) -> Evaluation:
    return Evaluation(
        ("negative", "positive"), np.array([[right // 2, wrong - wrong // 2], [wrong // 2, right - right // 2]])
    )


def test_an_interval_holds_its_figure_and_narrows_with_rows() -> None:
    few = bootstrap(accuracy_of(80, 20), lambda each: each.accuracy, seed=1)
    many = bootstrap(accuracy_of(8000, 2000), lambda each: each.accuracy, seed=1)
    assert few.low < 0.8 < few.high
    # The normal approximation's width: 2 × 1.96 × √(0.8 × 0.2 / n).
    assert few.high - few.low == pytest.approx(0.157, abs=0.02)
    assert many.high - many.low == pytest.approx(0.0157, abs=0.002)


def test_the_same_seed_gives_the_same_interval() -> None:
    first, second = (bootstrap(accuracy_of(70, 30), lambda each: each.macro_f1, seed=3) for _ in range(2))
    assert first == second


def test_mcnemar_counts_only_rows_on_which_the_models_differ() -> None:
    first = np.array([True] * 10 + [False] * 2 + [True] * 50)
    second = np.array([False] * 10 + [True] * 2 + [True] * 50)
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second) == (10, 2)
    # 2 × P(X ≤ 2), X binomial (12, ½): 2 × (1 + 12 + 66) / 4096.
    assert found.p_value == pytest.approx(2 * 79 / 4096)


def test_models_that_never_differ_are_not_told_apart() -> None:
    same = np.array([True, False, True])
    assert mcnemar(same, same).p_value == 1.0
