import pytest

from producer.pacing import paced


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
    for _ in paced(range(6001), 100, clock, clock.sleep):
        clock.now += 0.001
    assert clock.now == pytest.approx(60, rel=0.01)


def test_a_slow_moment_is_caught_up() -> None:
    clock = Clock()
    for number in paced(range(1001), 100, clock, clock.sleep):
        clock.now += 5 if number == 0 else 0
    assert clock.now == pytest.approx(10, rel=0.01)


def test_rate_zero_never_waits() -> None:
    clock = Clock()
    assert list(paced(range(100), 0, clock, clock.sleep)) == list(range(100))
    assert clock.now == 0
