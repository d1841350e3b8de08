"""The scorer that answers now, and the one before it, to go back to."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sentistream.contracts.labels import POSITIVE_INDEX
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import said
from sentistream.scoring import checked
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import Probabilities, coded
from sentistream.scoring.succession.standing import Standing
from web_service.problems import not_ready
from web_service.scoring.batching import Batches

AT_ONCE_SECONDS = 0.002
"""Scoring that takes no longer, by the scorer's measured speed, is done between two requests, without a thread."""
SLOW_PER_SECOND = 5_000.0
"""A scorer that is slower than this is given texts of several requests at once."""


@dataclass(frozen=True)
class Scores:
    """What one version says of some texts."""

    version: ModelVersion
    sentiments: list[str]
    p_positive: npt.NDArray[np.float64]
    probabilities: Probabilities
    """float64[texts, classes]; the column of positive is `p_positive`."""


class Serving:
    """Whoever scores; `take` is safe in any thread, `score` belongs to the event loop.

    Args:
        standing: which version serves, and which are refused.
    """

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.why_not = "the champion is being loaded"
        """Why nothing serves, to go on after a colon."""
        self._now: tuple[Scorer, Batches] | None = None
        self._before: Scorer | None = None
        self.reloads = 0
        """How often another version was taken in the place of one."""
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "scoring")

    @property
    def scorer(self) -> Scorer | None:
        """What scores now; None where nothing does."""
        return self._now[0] if self._now else None

    def required(self) -> Scorer:
        """What scores now.

        Raises:
            ProblemError: nothing does.
        """
        return self._required()[0]

    def take(self, scorer: Scorer) -> None:
        """Have another one answer from now on."""
        with self._lock:
            before = self.scorer
            if before is not None and not self.standing.is_refused(before.version):
                self._before = before
            self.reloads += self._now is not None
            self._now = (scorer, self._batches(scorer))
            self.standing.serve(scorer.version)

    def leave(self, why: str) -> None:
        """Note why nothing serves, where that is so."""
        self.why_not = why

    async def score(self, texts: Sequence[str]) -> Scores:
        """All texts by one version, alone or with those of other requests.

        Raises:
            ProblemError: nothing serves.
        """
        while True:
            scorer, batches = self._required()
            try:
                found = await self._probabilities(scorer, batches, texts)
            except UnfitError as fault:
                self._give_way(fault)
                continue
            # They were found to be probabilities; what rounding added goes.
            np.clip(found, 0.0, 1.0, out=found)
            names, codes = coded(found, scorer.version)
            return Scores(scorer.version, [names[code] for code in codes.tolist()], found[:, POSITIVE_INDEX], found)

    def close(self) -> None:
        """End the thread; what it does is waited for."""
        self._thread.shutdown()

    async def _probabilities(self, scorer: Scorer, batches: Batches, texts: Sequence[str]) -> Probabilities:
        # As it is now: a machine that was busy while it was loaded makes no model slow.
        a_second = scorer.tweets_per_second or np.inf
        if a_second < SLOW_PER_SECOND:
            return await batches.score(texts)
        if len(texts) / a_second <= AT_ONCE_SECONDS:
            return checked.score(scorer, pa.array(texts, pa.large_string()))
        # The kernel runs without the interpreter's lock.
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, checked.score, scorer, pa.array(texts, pa.large_string())
        )

    def _batches(self, scorer: Scorer) -> Batches:
        return Batches(lambda texts: checked.score(scorer, pa.array(texts, pa.large_string())), self._thread)

    def _required(self) -> "tuple[Scorer, Batches]":
        if self._now is None:
            raise not_ready(f"Nothing scores now: {self.why_not}")
        return self._now

    def _give_way(self, fault: UnfitError) -> None:
        """Go back to the version before an unfit one, which never serves again, or to none."""
        with self._lock:
            self.standing.exclude(fault.version)
            unfit = fault.version.identity
            if self._before is not None and self._before.version.identity == unfit:
                self._before = None
            if self._now is not None and self._now[0].version.identity == unfit:
                before, self._before = self._before, None
                self._now = (before, self._batches(before)) if before is not None else None
                self.standing.serve(before.version if before is not None else None)
                self.why_not = said(fault)
            self.standing.tell_unfit(fault)
