from sentistream.lake.holes import MODULUS, NONE, Holes


def test_holes_add_up_span_by_span() -> None:
    some = NONE.plus([(3, 4), (6, 9)])
    assert some == Holes(4, 3 + 6 + 7 + 8)
    assert some.plus([(20, 21)]).without(some) == Holes(1, 20)


def test_a_sum_of_large_offsets_still_fits_a_version() -> None:
    large = NONE.plus([(2**61, 2**61 + 3)])
    assert 0 <= large.sum < MODULUS
    assert large.plus([(5, 6)]).without(large) == Holes(1, 5)
