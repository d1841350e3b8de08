"""Chooses one cell by the validation rows alone; the test rows are not seen here."""

from collections.abc import Iterable, Sequence

from sentistream.errors import UserError
from trainer.grid.outcomes import Scored

TIE = 3
"""Decimals of macro-F1 that count: a thousandth is far less than the validation rows can tell."""


def choose(candidates: Iterable[Scored]) -> Scored:
    """The highest macro-F1 on the validation rows, to three decimals; of equals the one that scores fastest."""
    return max(candidates, key=lambda each: (round(each.validation.macro_f1, TIE), each.outcome.tweets_per_second))


def fast_enough(candidates: Sequence[Scored], least_rate: float) -> list[Scored]:
    """Those that score so many tweets a second.

    Raises:
        UserError: none does.
    """
    fast = [each for each in candidates if each.outcome.tweets_per_second >= least_rate]
    if candidates and not fast:
        fastest = max(candidates, key=lambda each: each.outcome.tweets_per_second).outcome
        raise UserError(
            f"No cell scores {least_rate:,.0f} tweets a second here, as --least-rate demands: the fastest, {fastest.cell}, scores "
            f"{fastest.tweets_per_second:,.0f}. Nothing was registered."
        )
    return fast
