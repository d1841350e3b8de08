"""Who watches: each event is written once, and handed to all of them; who is slow or was away is told the newest."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

from web_service.problems import busy

KEPT = 64
"""Events: some 15 s of a busy stream. Who missed more asks for the whole state."""


class Viewers:
    """Of one event loop, that of the first who joins; `publish` and `close` are safe in any thread.

    Args:
        most: how many may watch.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.watching = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kept: deque[tuple[int, str | None, bytes]] = deque(maxlen=KEPT)
        self._serial = 0
        self._more = asyncio.Event()
        self._is_closed = False

    def publish(self, content: bytes, name: str | None = None) -> None:
        """Hand an event to all.

        Args:
            content: as the protocol of event streams has it.
            name: its id; None of one that nobody has to catch up with.
        """
        self._in_loop(self._hand, content, name)

    def close(self) -> None:
        """Let all go."""
        self._is_closed = True
        self._in_loop(self._more.set)

    def join(self, last: str | None, first: bytes) -> AsyncIterator[bytes]:
        """Events from now on, and those since the one that a viewer has seen last, where they are kept.

        Args:
            last: its id, where a viewer comes back.
            first: what is told at once.

        Raises:
            ProblemError: too many watch.
        """
        if self.watching >= self._most:
            raise busy(f"{self._most} browsers are told of new tweets (WEB_VIEWERS): ask again.", 10)
        self._loop = asyncio.get_running_loop()
        return self._events(last, first)

    async def _events(self, last: str | None, first: bytes) -> AsyncIterator[bytes]:
        self.watching += 1
        try:
            at = next((serial for serial, name, _ in self._kept if name is not None and name == last), None)
            missed = [content for serial, name, content in self._kept if at is not None and serial > at and name]
            at = self._serial
            yield b"".join([*missed, first])
            while not self._is_closed:
                new = [content for serial, _, content in self._kept if serial > at]
                at = self._serial
                if new:
                    yield b"".join(new)
                else:
                    await self._more.wait()
        finally:
            self.watching -= 1

    def _in_loop(self, call: Callable[..., object], *given: object) -> None:
        # Before anybody has joined there is nobody to tell.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *given)

    def _hand(self, content: bytes, name: str | None) -> None:
        self._serial += 1
        self._kept.append((self._serial, name, content))
        waiting, self._more = self._more, asyncio.Event()
        waiting.set()
