import pytest

from trainer.report.proportions import newcombe, paired, wilson


@pytest.mark.parametrize(("count", "rows"), [(0, 5), (3, 9), (200, 1000), (7, 7)])
def test_the_interval_of_a_share_is_wilsons(count: int, rows: int) -> None:
    # A second to import, which each worker would pay when it collects.
    from scipy.stats import binomtest

    known = binomtest(count, rows).proportion_ci(method="wilson")
    assert wilson(count, rows) == pytest.approx((known.low, known.high), abs=1e-6)


def test_the_interval_of_a_difference_is_that_of_newcombes_own_example() -> None:
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_the_gain_on_the_same_rows_lies_within_its_interval() -> None:
    low, high = paired(30, 10, 200)
    assert low < 0.1 < high
    assert paired(0, 0, 200) == (0, 0)
