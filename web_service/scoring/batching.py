"""Texts of several requests are scored together, where a model is slow: a batch costs it little more than a text."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import numpy as np

from sentistream.scoring.sentiment import Probabilities

MOST_TEXTS = 64
"""In one batch: beyond that a neural model gains nothing (docs/design.md)."""
WAIT_SECONDS = 0.004
"""How long a batch that isn't full waits for more texts, where nothing is being scored."""


@dataclass
class _Request:
    texts: Sequence[str]
    answer: "asyncio.Future[Probabilities]"
    begun: int = 0
    """So many of its texts are in a batch already."""
    parts: list[Probabilities] = field(default_factory=list)


class Batches:
    """Collects texts, and scores them in a thread, batch after batch, a request's texts in their order; of one event loop.

    Args:
        score: texts → float64[texts, classes].
        thread: where that runs.
    """

    def __init__(self, score: Callable[[Sequence[str]], Probabilities], thread: Executor) -> None:
        self._score = score
        self._thread = thread
        self._waiting: deque[_Request] = deque()
        self._working: asyncio.Task[None] | None = None
        self._full = asyncio.Event()

    async def score(self, texts: Sequence[str]) -> Probabilities:
        """float64[texts, classes].

        Raises:
            UnfitError: the scorer fails on some text of the batch.
        """
        if not texts:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._score, texts)
        request = _Request(texts, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if self._is_full():
            self._full.set()
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await request.answer

    async def _work(self) -> None:
        """Score until nothing waits."""
        while self._waiting:
            if not self._is_full():
                self._full.clear()
                try:
                    async with asyncio.timeout(WAIT_SECONDS):
                        await self._full.wait()
                except TimeoutError:
                    pass
            shares = self._next()
            texts = [text for request, first, last in shares for text in request.texts[first:last]]
            if not texts:
                continue
            loop = asyncio.get_running_loop()
            try:
                found = await loop.run_in_executor(self._thread, self._score, texts)
            except Exception as wrong:  # raised again where it was asked for
                for request, _, _ in shares:
                    _settle(request, wrong)
                continue
            self._hand_out(shares, found)

    def _next(self) -> list[tuple[_Request, int, int]]:
        """The next batch: requests, and which of their texts. A long one takes turns with those behind it."""
        room, shares, again = MOST_TEXTS, list[tuple[_Request, int, int]](), list[_Request]()
        while room and self._waiting:
            request = self._waiting.popleft()
            # Nobody waits for it any more.
            if request.answer.done():
                continue
            last = min(request.begun + room, len(request.texts))
            shares.append((request, request.begun, last))
            room -= last - request.begun
            request.begun = last
            if last < len(request.texts):
                again.append(request)
        self._waiting.extend(again)
        return shares

    def _hand_out(self, shares: list[tuple[_Request, int, int]], found: Probabilities) -> None:
        at = 0
        for request, first, last in shares:
            request.parts.append(found[at : at + last - first])
            at += last - first
            if last == len(request.texts) and not request.answer.done():
                request.answer.set_result(np.concatenate(request.parts))

    def _is_full(self) -> bool:
        return sum(len(each.texts) - each.begun for each in self._waiting) >= MOST_TEXTS


def _settle(request: _Request, wrong: Exception) -> None:
    if not request.answer.done():
        request.answer.set_exception(wrong)
