"""A bound on how much longer a replacement makes a text."""

import pytest

from sentistream.scoring.mllib.regex.growth import growth, shortest
from sentistream.scoring.mllib.regex.program import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "by", "longest", "times"),
    [
        ("a", "bb", 1, 2),
        ("abc", "", 3, 1),
        ("a+|bcd", "xxxx", 1, 4),
        ("bcd|ef", "xxx", 2, 1.5),
        ("(?<![a-z])(ca|wo)n'?t", "$1 not", 4, 1.5),
        ("a{5}", "b", 5, 1),
    ],
)
def test_the_shortest_match_and_the_longest_replacement_bound_it(
    pattern: str, by: str, longest: int, times: float
) -> None:
    program = compile_pattern(pattern, by)
    assert (shortest(program), growth(program)) == (longest, times)
