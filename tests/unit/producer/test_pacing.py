from collections.abc import Iterator

import pytest

from producer.pacing import Pace
from producer.record import Record


class Clock:
    """A clock that only sleeping and working move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_set_rate_is_kept_over_a_minute() -> None:
    clock = Clock()
    for _ in Pace(clock, clock.sleep).at_rate(range(6001), 100):
        clock.now += 0.001
    assert clock.now == pytest.approx(60, rel=0.01)


def test_a_slow_moment_is_caught_up() -> None:
    clock = Clock()
    pace = Pace(clock, clock.sleep)
    for number in pace.at_rate(range(1001), 100):
        clock.now += 5 if number == 0 else 0
        if number == 1:
            assert pace.behind_seconds == pytest.approx(4.99)
    assert clock.now == pytest.approx(10, rel=0.01)
    assert pace.behind_seconds == 0


def test_rate_zero_never_waits() -> None:
    clock = Clock()
    assert list(Pace(clock, clock.sleep).at_rate(range(100), 0)) == list(range(100))
    assert clock.now == 0


def test_each_round_of_a_loop_has_its_pace_and_an_absurd_date_waits_for_nothing() -> None:
    clock = Clock()
    times = ("2022-02-06T22:11:00.000Z", "9999-12-31T00:00:00.000Z", "2022-02-06T22:11:30.000Z")
    rounds = iter([1, 1, 1, 2, 2, 2])
    current = 1

    def records() -> Iterator[Record]:
        nonlocal current
        for moment in times * 2:
            current = next(rounds)
            yield Record(b"1", b"", (), moment)

    came = [clock.now for _ in Pace(clock, clock.sleep).by_own_times(records(), 10, lambda: current)]
    assert came == pytest.approx([0, 0, 3, 3, 3, 6])


def test_tweets_come_as_far_apart_as_they_were_written() -> None:
    clock = Clock()
    seconds = ("00", "30", "20", None, "40")
    records = [Record(b"1", b"", (), second and f"2022-02-06T22:11:{second}.000Z") for second in seconds]
    came = [clock.now for _ in Pace(clock, clock.sleep).by_own_times(records, speed=10)]
    assert came == pytest.approx([0, 3, 3, 3, 4])
