"""Periodic work beside the main thread."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

from sentistream.errors import UserError
from sentistream.process import disk

log = structlog.get_logger()


class Periodic:
    """Calls a function every few seconds, in a daemon thread, until `finish`; a context manager from `start` to `finish`.

    What a call raises is logged, and the next call comes all the same: a `UserError` as an error, anything else as a warning, each reason once
    until a call succeeds or another reason comes.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], object],
        seconds: float,
        *,
        failing: str = "failed, trying again",
        at_once: bool = False,
        is_waited_for: bool = True,
        ended: threading.Event | None = None,
    ) -> None:
        """Make one that is not started yet.

        Args:
            name: the thread's.
            work: what is called.
            seconds: the pause before each call; 0: there is none, ever.
            failing: the log's event where a call raises.
            at_once: whether the first call comes without a pause.
            is_waited_for: whether `finish` lets a running call end; false where a call may hang.
            ended: an event of the caller's, for work that has to know; `finish` sets it.
        """
        self._work = work
        self._seconds = seconds
        self._failing = failing
        self._at_once = at_once
        self._is_waited_for = is_waited_for
        self._ended = ended or threading.Event()
        self._reason = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def is_alive(self) -> bool:
        """True from `start` until the last call has ended."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; once."""
        if self._seconds:
            self._thread.start()

    def finish(self) -> None:
        """Begin no other call; safe where it was never started."""
        self._ended.set()
        if self._is_waited_for and self.is_alive:
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def _run(self) -> None:
        if self._at_once:
            self._call()
        while not self._ended.wait(self._seconds):
            self._call()

    def _call(self) -> None:
        try:
            self._work()
        except Exception as failure:  # whatever it was, the next call may succeed
            reason = disk.told(failure)
            if reason != self._reason:
                (log.error if isinstance(failure, UserError) else log.warning)(self._failing, reason=reason)
            self._reason = reason
        else:
            self._reason = ""
