import pytest

from sentistream.scoring.throughput import Throughput


def test_the_first_call_which_loads_what_the_others_use_does_not_count() -> None:
    throughput = Throughput()
    throughput.add(16, 20.0)
    assert throughput.per_second is None
    throughput.add(100, 0.5)
    assert throughput.per_second == 200


def test_a_change_of_speed_is_known_after_some_seconds_of_scoring() -> None:
    throughput = Throughput()
    for seconds in (0.0, *[0.1] * 100):
        throughput.add(20_000, seconds)
    assert throughput.per_second == pytest.approx(200_000)
    for _ in range(15):
        throughput.add(200, 1.0)
    assert throughput.per_second == pytest.approx(200, rel=0.05)


def test_one_pause_among_many_small_batches_makes_a_fast_scorer_no_slow_one() -> None:
    throughput = Throughput()
    for number in range(2_000):
        throughput.add(20, 0.05 if number == 1_999 else 0.0002)
    assert (throughput.per_second or 0) > 80_000


def test_no_texts_say_nothing() -> None:
    throughput = Throughput()
    for _ in range(3):
        throughput.add(0, 0.0)
    assert throughput.per_second is None
