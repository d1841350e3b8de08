import pytest

from trainer.neural.recipe import Recipe


def test_the_learning_rate_goes_up_and_comes_down_to_nothing() -> None:
    recipe = Recipe(learning_rate=1e-4, warm_up=0.1)
    assert recipe.rate(0) == recipe.rate(1) == 0
    assert recipe.rate(0.1) == pytest.approx(1e-4)
    assert [recipe.rate(0.05), recipe.rate(0.55)] == pytest.approx([0.5e-4, 0.5e-4])


def test_the_clock_decides_only_where_it_runs_clearly_ahead() -> None:
    recipe = Recipe()
    assert [recipe.share(0.0, each) for each in (0.0, 0.001, 0.02)] == [0.0] * 3
    assert recipe.share(0.3, 0.1) == 0.3
    assert recipe.share(0.3, 0.5) == 0.5
    assert recipe.share(0.5, 1.0) == 1.0
