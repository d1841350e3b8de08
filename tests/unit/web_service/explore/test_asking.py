"""Questions are asked in a box, few long ones at a time, and end when whoever asked has left."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request

from web_service.explore.asking import Asked, Asking
from web_service.explore.question import Question
from web_service.problems import ProblemError
from web_service.settings import WebSettings

ENDLESS = Question("SELECT count(*) FROM range(1000000000000) AS a WHERE hash(range) = 1", {})
SHORT = Question("SELECT 1 AS one", {})


class Viewer:
    """A request whose viewer leaves when told to."""

    def __init__(self) -> None:
        self.leaves = asyncio.Event()

    async def _receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    @property
    def request(self) -> Request:
        return Request({"type": "http", "method": "GET", "path": "/", "headers": []}, self._receive)


def run(body: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(body(), 120))  # type: ignore[arg-type]


def test_a_question_is_answered() -> None:
    async def body() -> None:
        found = await Asking(WebSettings()).ask(Viewer().request, lambda asked: asked.answer(SHORT), [])
        assert found.to_pylist() == [{"one": 1}]

    run(body)


def test_a_question_ends_when_the_viewer_leaves_and_makes_room_for_the_next() -> None:
    async def body() -> None:
        asking = Asking(WebSettings(web_questions=1))
        begun, ended = threading.Event(), threading.Event()

        def endless(asked: Asked) -> None:
            begun.set()
            try:
                asked.answer(ENDLESS)
            finally:
                ended.set()

        viewer = Viewer()
        first = asyncio.ensure_future(asking.ask(viewer.request, endless, [], is_long=True))
        await asyncio.to_thread(begun.wait, 60)
        with pytest.raises(ProblemError, match="ask again") as refused:
            await asking.ask(Viewer().request, lambda asked: asked.answer(SHORT), [], is_long=True)
        assert refused.value.status == 429
        # One that reads little is answered meanwhile.
        assert (await asking.ask(Viewer().request, lambda asked: asked.answer(SHORT), [])).num_rows == 1
        viewer.leaves.set()
        with pytest.raises(ClientDisconnect):
            await first
        assert await asyncio.to_thread(ended.wait, 60)
        while True:
            try:
                found = await asking.ask(Viewer().request, lambda asked: asked.answer(SHORT), [], is_long=True)
            except ProblemError:
                await asyncio.sleep(0.01)
                continue
            assert found.num_rows == 1
            return

    run(body)


def test_a_question_that_takes_too_long_is_refused_in_a_sentence() -> None:
    async def body() -> None:
        asking = Asking(WebSettings(web_question_seconds=0.2))
        with pytest.raises(ProblemError, match="WEB_QUESTION_SECONDS") as refused:
            await asking.ask(Viewer().request, lambda asked: asked.answer(ENDLESS), [])
        assert refused.value.status == 503

    run(body)


def test_a_question_reads_no_file_beside_the_lake() -> None:
    async def body() -> None:
        asking = Asking(WebSettings())
        with pytest.raises(ProblemError, match="DuckDB refuses"):
            await asking.ask(
                Viewer().request, lambda asked: asked.answer(Question("SELECT * FROM read_text('/etc/passwd')", {})), []
            )

    run(body)
