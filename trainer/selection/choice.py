"""Chooses one cell by the validation rows alone; the test rows are not seen here."""

from collections.abc import Iterable

from trainer.grid.outcomes import Scored

TIE = 3
"""Decimals of macro-F1 that count: a thousandth is far less than the validation rows can tell."""


def choose(candidates: Iterable[Scored]) -> Scored:
    """The highest macro-F1 on the validation rows, to three decimals; of equals the one that scores fastest."""
    return max(candidates, key=lambda each: (round(each.validation.macro_f1, TIE), each.outcome.tweets_per_second))
