"""Optimistic commits: where another commit came in between, refresh and try again."""

from collections.abc import Callable
from typing import Any, NoReturn

from deltalake.exceptions import CommitFailedError, DeltaError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_fixed

from sentistream.errors import UserError


class OvertakenError(UserError):
    """Another commit came in between."""


def is_conflict(error: BaseException) -> bool:
    """True for a conflict with another commit, and where there were so many since that their log entries are gone."""
    if isinstance(error, CommitFailedError | OvertakenError):
        return True
    return isinstance(error, DeltaError) and "Invalid table version" in str(error)


def commit_again(attempts: int, refresh: Callable[[], Any] = lambda: None, pause_seconds: float = 0.0) -> Retrying:
    """The policy "commit, refresh, try again"; any error but a conflict ends it. Called with a function, it raises `OvertakenError` in the end.

    Args:
        attempts: how often to commit at most.
        refresh: called between two attempts; what it raises ends them, too.
        pause_seconds: between two attempts.
    """
    return Retrying(
        retry=retry_if_exception(is_conflict),
        before_sleep=lambda _: refresh(),
        stop=stop_after_attempt(attempts),
        wait=wait_fixed(pause_seconds),
        retry_error_callback=_give_up,
    )


def _give_up(state: RetryCallState) -> NoReturn:
    conflict = state.outcome.exception() if state.outcome is not None else None
    raise OvertakenError(f"Other commits came in between {state.attempt_number} times: {conflict}") from conflict
