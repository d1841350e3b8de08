import threading

import pytest
from structlog.testing import capture_logs

from sentistream.errors import UserError
from sentistream.process.periodic import Periodic


class Rounds:
    """Work whose every round waits until the test lets it go on."""

    def __init__(self, *failures: Exception | None) -> None:
        self._failures = list(failures)
        self._begun, self._let = threading.Semaphore(0), threading.Semaphore(0)
        self.done = 0

    def __call__(self) -> None:
        self._begun.release()
        self._let.acquire()
        self.done += 1
        failure = self._failures.pop(0) if self._failures else None
        if failure is not None:
            raise failure

    def wait_for_one(self) -> None:
        assert self._begun.acquire(timeout=30)

    def let_one_end(self) -> None:
        self._let.release()


def test_it_calls_again_and_again_and_lets_the_last_call_end() -> None:
    rounds = Rounds()
    periodic = Periodic("rounds", rounds, 0.001)
    periodic.start()
    for _ in range(3):
        rounds.wait_for_one()
        rounds.let_one_end()
    rounds.wait_for_one()
    ending = threading.Thread(target=periodic.finish)
    ending.start()
    assert ending.is_alive()
    rounds.let_one_end()
    ending.join(30)
    assert (rounds.done, periodic.is_alive, ending.is_alive()) == (4, False, False)


def test_one_that_is_not_waited_for_leaves_a_hanging_call_behind() -> None:
    rounds, ended = Rounds(), threading.Event()
    with Periodic("rounds", rounds, 0.001, is_waited_for=False, ended=ended) as periodic:
        rounds.wait_for_one()
    assert (rounds.done, periodic.is_alive, ended.is_set()) == (0, True, True)
    rounds.let_one_end()


def test_no_pause_means_no_call_and_at_once_means_one_without_a_pause() -> None:
    never, once = Rounds(), Rounds()
    with Periodic("never", never, 0) as periodic:
        assert not periodic.is_alive
    with Periodic("once", once, 3600, at_once=True):
        once.wait_for_one()
        once.let_one_end()
    assert (never.done, once.done) == (0, 1)


def test_what_goes_wrong_is_said_once_until_it_is_over_and_ends_nothing() -> None:
    away, refused = OSError("the disk is away"), UserError("There is no key.")
    rounds = Rounds(away, away, refused, refused, None, refused)
    with capture_logs() as logs, Periodic("rounds", rounds, 0.001, failing="can't see it"):
        for _ in range(7):
            rounds.wait_for_one()
            rounds.let_one_end()
    assert [(each["log_level"], each["event"], each["reason"]) for each in logs] == [
        ("warning", "can't see it", "the disk is away"),
        ("error", "can't see it", "There is no key."),
        ("error", "can't see it", "There is no key."),
    ]


@pytest.mark.parametrize("silent", [KeyError(), UserError("")])
def test_a_failure_without_words_is_named(silent: Exception) -> None:
    rounds = Rounds(silent)
    with capture_logs() as logs, Periodic("rounds", rounds, 0.001):
        for _ in range(2):
            rounds.wait_for_one()
            rounds.let_one_end()
    assert [each["reason"] for each in logs] == [type(silent).__name__]
