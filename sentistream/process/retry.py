"""Retry policies, by tenacity: each is called with the function and its arguments."""

import threading
from collections.abc import Callable

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_fixed,
)

from sentistream.errors import UserError


class StoppedError(UserError):
    """We were told to stop before what we waited for had come."""


def until_it_answers(
    failures: type[Exception] | tuple[type[Exception], ...],
    seconds: float,
    pause_seconds: float,
    waiting: Callable[[], object] = lambda: None,
    stopping: threading.Event | None = None,
) -> Retrying:
    """Call again while it raises one of `failures`; after `seconds` the last of them is raised.

    Args:
        failures: that it does not answer yet; anything else is raised at once.
        seconds: how long it goes on, counted from the first call.
        pause_seconds: between two calls.
        waiting: called once, where the first call failed: says what is waited for.
        stopping: ends a pause at once, and the wait with it, by a `StoppedError`.
    """
    return Retrying(
        retry=retry_if_exception_type(failures),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(pause_seconds),
        after=_once(waiting, seconds),
        sleep=_pause(stopping),
        reraise=True,
    )


def until_it_is_there(
    seconds: float,
    pause_seconds: float,
    waiting: Callable[[], object] = lambda: None,
    stopping: threading.Event | None = None,
) -> Retrying:
    """Call again while the answer is None; after `seconds` that is the answer. The arguments are those of `until_it_answers`."""
    return Retrying(
        retry=retry_if_result(lambda answer: answer is None),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(pause_seconds),
        after=_once(waiting, seconds),
        sleep=_pause(stopping),
        retry_error_callback=lambda _state: None,
    )


def _once(waiting: Callable[[], object], seconds: float) -> Callable[[RetryCallState], None]:
    # After the call and not before the pause: a first call may take longer than there is to wait.
    def after(state: RetryCallState) -> None:
        if state.attempt_number == 1 and seconds > 0:
            waiting()

    return after


def _pause(stopping: threading.Event | None) -> Callable[[float], None]:
    # tenacity's own sleep on an event would make another call once the event is set.
    event = stopping or threading.Event()

    def pause(seconds: float) -> None:
        if event.wait(seconds):
            raise StoppedError("Told to stop while waiting.", exit_code=130)

    return pause
