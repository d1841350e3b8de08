import numpy as np
import pytest

from sentistream.drift.divergence import noise_floor, psi


def test_psi_is_the_sum_over_bins_that_it_is_defined_as() -> None:
    before, now = np.array([50_000, 50_000]), np.array([60_000, 40_000])
    assert psi(before, now) == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.8), rel=1e-3)
    assert psi(before, 3 * before) == pytest.approx(0, abs=1e-9)


def test_two_samples_of_one_distribution_stay_below_the_floor_however_small_they_are() -> None:
    drawn = np.random.default_rng(3)
    shares = np.full(10, 0.1)
    for n, m in ((100, 400), (1_000, 1_000), (50, 100_000)):
        pairs = [(drawn.multinomial(m, shares), drawn.multinomial(n, shares)) for _ in range(300)]
        assert sum(psi(before, now) > noise_floor(before, now) for before, now in pairs) <= 2


def test_the_floor_is_a_tenth_of_large_samples_and_infinite_of_none() -> None:
    assert noise_floor(np.array([10_000] * 10), np.array([10_000] * 10)) == 0.1
    assert noise_floor(np.full(10, 10), np.full(10, 10)) == pytest.approx(27.877 * (1 / 100 + 1 / 100))
    assert noise_floor(np.array([5, 5]), np.array([0, 0])) == float("inf")
    assert psi(np.array([1_000, 0]), np.array([900, 100])) < float("inf")
