"""How much and how long: requests at once, bytes of a body, seconds of a request; and each answer is counted."""

import asyncio
import time

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web_service.gate.scope import LASTS
from web_service.metrics import Metrics
from web_service.problems import ProblemError, busy
from web_service.settings import WebSettings

log = structlog.get_logger()
CLOSE = {"Connection": "close"}
"""Of what else comes nothing is read."""
HELD_BODIES = 16
"""So many bodies of the largest size may be held at once: it bounds the memory."""
ELSEWHERE = "elsewhere"
"""What a path is counted as that leads nowhere."""


class Limits:
    """Bounds each request.

    Args:
        app: what is behind it; it leaves the route's path in the scope.
        settings: the bounds.
        metrics: count the answers.
    """

    def __init__(self, app: ASGIApp, settings: WebSettings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._running = 0
        self._held = 0
        self._most_held = HELD_BODIES * settings.web_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request = _Request(self, receive, send)
        asks = scope["method"] == "POST"
        self._running += asks
        try:
            await self._within_bounds(scope, request, asks)
        finally:
            self._running -= asks
            self._held -= request.read
            self._metrics.running.set(self._running)
            if request.status and not request.lasts:
                route = scope.get("route")
                door = getattr(route, "path", ELSEWHERE)
                self._metrics.answered(door, request.status, time.perf_counter() - started)

    async def _within_bounds(self, scope: Scope, request: "_Request", asks: bool) -> None:
        try:
            if asks:
                self._require_room(scope)
            async with asyncio.timeout(self._settings.web_seconds) as bound:

                def last() -> None:
                    bound.reschedule(None)
                    request.lasts = True

                scope[LASTS] = last
                await self._app(scope, request.receive, request.send)
        except TimeoutError:
            problem = (
                ProblemError(
                    503,
                    "too_slow",
                    f"There is no answer after {self._settings.web_seconds:g} s (WEB_SECONDS).",
                    {"Retry-After": "5", **CLOSE},
                )
                if request.is_read
                else ProblemError(
                    408,
                    "body_too_slow",
                    f"The body was not here after {self._settings.web_seconds:g} s (WEB_SECONDS).",
                    CLOSE,
                )
            )
            await self._refuse(problem, scope, request)
        except ProblemError as refusal:
            await self._refuse(refusal, scope, request)
        except ClientDisconnect:
            pass
        except Exception as wrong:  # a mistake of ours, or of the machine's
            # What is raised may quote a text.
            log.error("a request failed", kind=type(wrong).__name__, where=_where(wrong))
            await self._refuse(
                ProblemError(500, "failed", "The service failed at this request; its log says where."), scope, request
            )

    def _require_room(self, scope: Scope) -> None:
        if self._running > self._settings.web_concurrency:
            raise busy(f"{self._settings.web_concurrency} requests are worked on (WEB_CONCURRENCY): ask again.")
        if self._held > self._most_held:
            raise busy("Too much is being read at once: ask again.")
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if length.isdigit() and int(length) > self._settings.web_body_bytes:
            raise self.too_large()

    def too_large(self) -> ProblemError:
        """A body that is not read."""
        return ProblemError(
            413, "body_too_large", f"At most {self._settings.web_body_bytes} bytes are read (WEB_BODY_BYTES).", CLOSE
        )

    def count(self, request: "_Request", more: int) -> None:
        """Note what was read of a body.

        Raises:
            ProblemError: it is too much.
        """
        request.read += more
        self._held += more
        if request.read > self._settings.web_body_bytes:
            raise self.too_large()

    @staticmethod
    async def _refuse(problem: ProblemError, scope: Scope, request: "_Request") -> None:
        if not request.status:
            await problem.response()(scope, request.receive, request.send)


class _Request:
    """What is known of one."""

    def __init__(self, limits: Limits, receive: Receive, send: Send) -> None:
        self._limits, self._receive, self._send = limits, receive, send
        self.read = 0
        """Bytes of its body."""
        self.is_read = False
        self.lasts = False
        """Whether it is answered for as long as somebody watches."""
        self.status = 0
        """Of the answer, once that has begun."""

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._limits.count(self, len(message.get("body", b"")))
            self.is_read = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _where(wrong: BaseException) -> str:
    """The line of ours that it came from."""
    trace, found = wrong.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        found = f"{code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
