import threading
from collections.abc import Callable

import pytest

from sentistream.process import retry


def answers(*given: object) -> Callable[[], object]:
    """A function that gives or raises one after the other, the last one for ever."""
    left = list(given)

    def ask() -> object:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def test_a_failure_is_tried_again_and_said_once() -> None:
    said: list[str] = []
    until = retry.until_it_answers(OSError, 60, 0.001, lambda: said.append("waiting"))
    assert until(answers(OSError(), ConnectionRefusedError(), OSError(), "there")) == "there"
    assert said == ["waiting"]


def test_what_is_no_such_failure_is_raised_at_once() -> None:
    with pytest.raises(ValueError, match="another"):
        retry.until_it_answers(OSError, 60, 0.001)(answers(OSError(), ValueError("another"), "there"))


@pytest.mark.parametrize("seconds", [0, 0.02])
def test_the_last_failure_is_raised_when_time_is_up(seconds: float) -> None:
    with pytest.raises(OSError, match="still away"):
        retry.until_it_answers(OSError, seconds, 0.001)(answers(OSError("still away")))


def test_nothing_is_said_where_nothing_is_waited_for() -> None:
    said: list[str] = []
    assert retry.until_it_is_there(60, 0.001, lambda: said.append("waiting"))(answers("there")) == "there"
    assert retry.until_it_is_there(0, 0.001, lambda: said.append("waiting"))(answers(None)) is None
    assert said == []


def test_what_is_not_there_yet_is_asked_for_again() -> None:
    assert retry.until_it_is_there(60, 0.001)(answers(None, None, False)) is False
    assert retry.until_it_is_there(0.02, 0.001)(answers(None)) is None


def test_a_stop_ends_a_pause_at_once_and_no_other_call_is_made() -> None:
    stopping, calls = threading.Event(), 0

    def ask() -> None:
        nonlocal calls
        calls += 1
        stopping.set()

    with pytest.raises(retry.StoppedError):
        retry.until_it_is_there(3600, 3600, stopping=stopping)(ask)
    assert calls == 1
