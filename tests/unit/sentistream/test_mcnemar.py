from fractions import Fraction
from math import comb

import pytest

from sentistream.mcnemar import mcnemar


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (3, 9), (40, 40), (700, 650), (0, 900)])
def test_the_test_is_the_exact_binomial_one(first: int, second: int) -> None:
    differing = first + second
    as_uneven = 2 * sum(comb(differing, each) for each in range(min(first, second) + 1))
    exact = min(1.0, float(Fraction(as_uneven, 2**differing)))
    assert mcnemar(first, second).p_value == pytest.approx(exact, rel=1e-12)


def test_a_million_differing_rows_are_no_matter() -> None:
    # The normal approximation: z = 2, 4.55 % on both sides.
    assert mcnemar(500_000, 502_000).p_value == pytest.approx(0.0457, abs=3e-4)
