"""Watches the champion's alias beside a service, and offers it each new version that passes the probe."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import said
from sentistream.scoring.errors import OF_NO_VERSION, NotLoadedError, UnreachableError
from sentistream.scoring.succession.standing import NOBODY, Standing
from sentistream.settings import RegistrySettings

log = structlog.get_logger()
LONGEST_PAUSE_SECONDS = 300.0
"""Before a version is tried again for which there was too little time or memory."""
Prepared = TypeVar("Prepared")
"""What a service makes of a version: a placed scorer of the stream's, say."""


def resolve(settings: RegistrySettings) -> ModelVersion | None:
    """`registry.resolve` for who asks again; MLflow takes seconds to import, and much memory."""
    from sentistream.scoring import registry, registry_connection

    with registry_connection.impatient():
        return registry.resolve(settings)


class ChampionWatch(Generic[Prepared]):
    """Asks the registry, at each `look`, for another version than the one that serves.

    Args:
        settings: name the registry, the model and its alias.
        standing: which version serves, and which were refused.
        prepare: makes of a version what serves, warm and proved, or raises whatever is wrong with it.
        offer: takes it from then on.
        ended: set once the service ends, where another thread looks.
        resolve: asks the registry for the champion, in another way than in this process.
    """

    def __init__(
        self,
        settings: RegistrySettings,
        standing: Standing,
        prepare: Callable[[ModelVersion], Prepared],
        offer: Callable[[Prepared], None],
        ended: threading.Event | None = None,
        resolve: Callable[[RegistrySettings], ModelVersion | None] = resolve,
    ) -> None:
        self._settings = settings
        self._standing = standing
        self._prepare = prepare
        self._offer = offer
        self._ended = ended or threading.Event()
        self._resolve = resolve
        self._trouble = ""
        self._looking = threading.Lock()
        self._tries: Counter[tuple[str, int, str]] = Counter()
        """Of versions that could not be loaded for want of time or memory, by identity."""
        self._not_before: dict[tuple[str, int, str], float] = {}
        """When they are tried again."""

    @property
    def is_looking(self) -> bool:
        """True while a thread looks, which may be about to offer one."""
        return self._looking.locked()

    @property
    def trouble(self) -> str:
        """Why the last look did not see the champion; empty where it did."""
        return self._trouble

    def look(self) -> None:
        """Look once, unless another thread does; whatever is wrong with the registry or with a version is logged, once each."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._look()
        finally:
            self._looking.release()

    def _look(self) -> None:
        try:
            champion = self._resolve(self._settings)
        except UnreachableError as silent:
            self._warn(str(silent))
        except Exception as unusable:  # its tags: known by its sentence, since there is no version yet
            self._refuse(said(unusable), unusable)
        else:
            self._warn("" if champion else f"{self._settings.model_name} has no {self._settings.model_alias}")
            if champion is not None:
                self._consider(champion)

    def _consider(self, champion: ModelVersion) -> None:
        """Offer a version that is another than the serving one and passes."""
        serving = self._standing.serving
        if (serving and champion.identity == serving.identity) or self._standing.is_refused(champion):
            return
        started = time.monotonic()
        if started < self._not_before.get(champion.identity, started):
            return
        try:
            self._standing.require_labels(champion)
            prepared = self._prepare(champion)
        except Exception as wrong:
            # An artefact that could not be had may come yet.
            self._refuse(champion, wrong, for_good=not isinstance(wrong, OF_NO_VERSION))
            if isinstance(wrong, NotLoadedError):
                self._wait_longer(champion)
            return
        log.debug("model prepared", model=champion.uri, seconds=round(time.monotonic() - started, 2))
        self._standing.serve(champion)
        self._offer(prepared)

    def _wait_longer(self, champion: ModelVersion) -> None:
        """Each try of one for which the machine is too small costs a core and memory."""
        self._tries[champion.identity] += 1
        pause = min(2.0 ** self._tries[champion.identity], LONGEST_PAUSE_SECONDS)
        self._not_before[champion.identity] = time.monotonic() + pause

    def _refuse(self, what: ModelVersion | str, wrong: Exception, *, for_good: bool = True) -> None:
        """Say once why a version does not serve. What a stop interrupted says nothing of the version."""
        if not self._ended.is_set() and self._standing.refuse(what, for_good=for_good):
            self._standing.tell(what.uri if isinstance(what, ModelVersion) else self._settings.model_alias, wrong)

    def _warn(self, trouble: str) -> None:
        """Say once that the registry does not answer, and again after it did."""
        if trouble and trouble != self._trouble:
            serving = self._standing.serving
            log.warning("can't see the champion", reason=trouble, serving=serving.uri if serving else NOBODY)
        self._trouble = trouble
