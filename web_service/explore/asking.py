"""Asks the lake beside the event loop: each question in a box of its own, ended when the viewer leaves, and few long ones at a time.

Threads that ask are nicer than the rest of the process, and DuckDB's own threads inherit that: a question takes what scoring leaves.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pyarrow as pa
from starlette.requests import ClientDisconnect, Request

from sentistream.errors import UserError
from sentistream.lake.query.bounds import Bounds, mib
from web_service.explore.question import Question
from web_service.problems import ProblemError, busy
from web_service.settings import WebSettings

NICER = 10
LEFT = UserError("Whoever asked has left.")
T = TypeVar("T")

if TYPE_CHECKING:
    from sentistream.lake.query import box


class Asked:
    """A box that is open for one viewer."""

    def __init__(self, opened: "box.Box") -> None:
        self.connection = opened.connection

    def answer(self, question: Question) -> pa.Table:
        """The whole answer."""
        return self.connection.sql(question.sql, params=question.bound).to_arrow_table()


class Asking:
    """One for a service.

    Args:
        settings: what a question may take, and how many long ones are asked at a time.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._bounds = Bounds(
            mib(settings.web_question_memory),
            threads=max(2, os.cpu_count() or 1),
            seconds=settings.web_question_seconds,
            named="WEB_QUESTION",
        )
        self._most = settings.web_questions
        self._long = 0
        self._threads = [ThreadPoolExecutor(each, "asks", _give_way) for each in (2, self._most)]

    async def ask(self, request: Request, work: Callable[[Asked], T], reach: Sequence[str], is_long: bool = False) -> T:
        """Do what has to be asked, in a box.

        Args:
            request: of the viewer: when that is gone, so is the question.
            work: asks, in a thread.
            reach: folders whose files may be read.
            is_long: whether it reads much: only so many at a time, and the next one is told so.

        Raises:
            ProblemError: too many long ones are asked, or it takes more than its bounds.
            ClientDisconnect: the viewer has left.
        """
        if is_long and self._long >= self._most:
            raise busy(
                f"{self._long} questions that read many tweets are being answered (WEB_QUESTIONS): ask again when one of them is done."
            )
        running = _Running(work, self._bounds, reach)
        self._long += is_long
        asked = asyncio.get_running_loop().run_in_executor(self._threads[is_long], running)
        asked.add_done_callback(lambda done: self._done(done, is_long))
        left = asyncio.ensure_future(_left(request))
        try:
            waited: set[asyncio.Future[Any]] = {asked, left}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise ClientDisconnect
            return asked.result()
        except UserError as refusal:
            raise ProblemError(503, "question_refused", str(refusal)) from refusal
        finally:
            left.cancel()
            # Also where the request's own time is up.
            running.end()

    def _done(self, asked: "asyncio.Future[T]", is_long: bool) -> None:
        self._long -= is_long
        if not asked.cancelled():
            # Of who has left nobody looks at it.
            asked.exception()


class _Running(Generic[T]):
    """A question on its way."""

    def __init__(self, work: Callable[[Asked], T], bounds: Bounds, reach: Sequence[str]) -> None:
        self._work, self._bounds, self._reach = work, bounds, reach
        self._lock = threading.Lock()
        self._box: box.Box | None = None
        self._is_over = False

    def __call__(self) -> T:
        """Ask, in the thread that this is called in.

        Raises:
            UserError: it takes more than its bounds, DuckDB refuses it, or nobody waits for it.
        """
        # DuckDB takes its memory from the first question on.
        import duckdb

        from sentistream.lake.query import box

        with box.opened(self._bounds, reach=self._reach) as opened:
            with self._lock:
                if self._is_over:
                    raise LEFT
                self._box = opened
            opened.close()
            try:
                return self._work(Asked(opened))
            except (duckdb.Error, pa.ArrowException, MemoryError, RuntimeError, OSError) as wrong:
                raise opened.refusal(wrong) from wrong
            finally:
                with self._lock:
                    self._box = None

    def end(self) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            self._is_over = True
            if self._box is not None:
                self._box.end(LEFT)


async def _left(request: Request) -> None:
    """Until the viewer is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _give_way() -> None:
    """Of this thread alone, as Linux has it."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICER)
