import pytest

from sentistream.errors import UserError
from stream_processor.offsets.ledger import Tally, sum_of


def test_a_tally_accounts_for_every_record_it_read() -> None:
    tally = Tally(first=10, last=19, scored=6, rejected=3, duplicates=1)
    assert (tally.read, tally.unaccounted) == (10, 0)
    assert Tally(first=10, last=19, scored=6, holes=3, lost=1).unaccounted == 0


def test_a_tally_continues_with_the_batch_that_follows() -> None:
    whole = Tally(0, 9, scored=10).plus(Tally(10, 14, scored=4, rejected=1))
    assert whole == Tally(0, 14, scored=14, rejected=1)
    assert whole.plus(Tally(15, 19, scored=2, holes=2, lost=1)) == Tally(0, 19, 16, 1, holes=2, lost=1)


def test_a_gap_is_refused() -> None:
    with pytest.raises(UserError, match="begins at offset 11 where the table ends at 9"):
        Tally(0, 9, scored=10).plus(Tally(11, 14, scored=4))


def test_totals_add_up_over_partitions() -> None:
    total = sum_of([Tally(0, 4, scored=5), Tally(3, 5, scored=1, rejected=1, duplicates=1)])
    assert total == {"read": 8, "scored": 6, "rejected": 1, "duplicates": 1, "holes": 0, "lost": 0, "unaccounted": 0}
