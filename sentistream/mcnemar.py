"""McNemar's test: are two models that were asked about the same rows right equally often?"""

from dataclasses import dataclass

NEGLIGIBLE = 1e-18
"""A term of the sum, next to its largest, that a float does not see."""


@dataclass(frozen=True)
class McNemar:
    """Two models on the same rows: on how many exactly one of them is right, and how likely such a split is by chance."""

    only_first: int
    only_second: int
    p_value: float


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """The exact test (binomial, two-sided) of McNemar 1947; p is 1 where the models never differ."""
    differing, fewer = only_first + only_second, min(only_first, only_second)
    # The binomial's tail, relative to its largest term.
    tail = term = 1.0
    for each in range(fewer, 0, -1):
        term *= each / (differing - each + 1)
        tail += term
        if term < NEGLIGIBLE * tail:
            break
    return McNemar(only_first, only_second, min(1.0, 2 * _probability(fewer, differing) * tail))


def _probability(heads: int, tosses: int) -> float:
    """Of so many heads in tosses of a fair coin; halved as it grows, for of a million tosses the factors alone overflow."""
    probability, halvings = 1.0, tosses
    for each in range(1, heads + 1):
        probability *= (tosses - heads + each) / each
        while probability > 1 and halvings:
            probability /= 2
            halvings -= 1
    return probability * 2.0**-halvings
