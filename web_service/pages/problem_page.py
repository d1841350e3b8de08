"""A refusal for who reads HTML: the same status and sentence, as a page."""

from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web_service.pages.rendering import Frame
from web_service.problems import MEDIA_TYPE


class ProblemPages:
    """Stands before all that refuses, and turns `application/problem+json` into a page where a browser asks for one.

    Args:
        app: what is behind it.
        frame: renders the page.
    """

    def __init__(self, app: ASGIApp, frame: Frame) -> None:
        self._app = app
        self._frame = frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def shown(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_problem(message):
                held.append(message)
            elif held:
                held.append(message)
                if not message.get("more_body", False):
                    await self._send(held, scope, receive, send)
            else:
                await send(message)

        await self._app(scope, receive, shown)

    async def _send(self, held: list[Message], scope: Scope, receive: Receive, send: Send) -> None:
        start, *bodies = held
        problem: dict[str, Any] = orjson.loads(b"".join(each.get("body", b"") for each in bodies))
        page = self._frame.page("problem.html", active="", status=start["status"], problem=problem)
        for name, value in start["headers"]:
            if name not in (b"content-type", b"content-length"):
                page.headers[name.decode("latin-1")] = value.decode("latin-1")
        await page(scope, receive, send)


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith(MEDIA_TYPE)
