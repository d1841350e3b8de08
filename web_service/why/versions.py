"""The scorer of a version that scored a tweet: the one that serves where it is that, else one that is loaded for it, of which the last is kept."""

import asyncio
import re
import time

from sentistream.errors import UserError, said
from sentistream.scoring import without_spark
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.succession import fetching
from web_service.scoring.serving import Serving
from web_service.settings import WebSettings

NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
"""Of a registered model, as MODEL_NAME may be; a lake may hold others' names."""
SHOWN_SECONDS = 20.0
"""How long who asks waits; the version is loaded to the end all the same."""
AGAIN_SECONDS = 60.0
"""Before one is tried again that could not be loaded."""


class Versions:
    """Scorers by name and number; of one event loop.

    Args:
        settings: name the registry and the cache.
        serving: what scores now.
    """

    def __init__(self, settings: WebSettings, serving: Serving) -> None:
        self._settings = settings
        self._serving = serving
        self._kept: tuple[tuple[str, int], Scorer] | None = None
        self._failed: dict[tuple[str, int], tuple[float, str]] = {}
        self._loading: tuple[tuple[str, int], asyncio.Task[None]] | None = None

    async def scorer(self, name: str, number: int) -> Scorer:
        """The scorer of a version.

        Raises:
            UserError: it can't be loaded, or not yet; says which.
        """
        wanted = (name, number)
        serving = self._serving.scorer
        if serving is not None and (serving.version.name, serving.version.version) == wanted:
            return serving
        if (scorer := self._held(wanted)) is not None:
            return scorer
        if self._loading is None or self._loading[1].done():
            self._loading = (wanted, asyncio.create_task(self._load(wanted)))
        if self._loading[0] != wanted:
            raise UserError(f"{name} {number} is loaded after another version: ask again in some seconds.")
        await asyncio.wait([self._loading[1]], timeout=SHOWN_SECONDS)
        if (scorer := self._held(wanted)) is not None:
            return scorer
        raise UserError(f"{name} {number} is being loaded: ask again in some seconds.")

    def _held(self, wanted: tuple[str, int]) -> Scorer | None:
        if self._kept is not None and self._kept[0] == wanted:
            return self._kept[1]
        until, why = self._failed.get(wanted, (0.0, ""))
        if time.monotonic() < until:
            raise UserError(why)
        return None

    async def _load(self, wanted: tuple[str, int]) -> None:
        try:
            self._kept = wanted, await asyncio.to_thread(_loaded, self._settings, *wanted)
            self._failed.pop(wanted, None)
        except Exception as wrong:  # whatever is wrong with it
            self._failed = {wanted: (time.monotonic() + AGAIN_SECONDS, said(wrong))}


def _loaded(settings: WebSettings, name: str, number: int) -> Scorer:
    if not NAME.fullmatch(name):
        raise UserError("It has a name that no registered model here can have.")
    model = fetching.resolve_version_apart(settings, f"models:/{name}/{number}")
    return without_spark.require(fetching.load_apart(settings, model))
