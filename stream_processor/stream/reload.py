"""Watches the champion's alias beside the stream, and offers the job each new version that passes the probe."""

import threading
import time
from collections.abc import Callable

import structlog

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.errors import UnreachableError
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.placement import Placement

log = structlog.get_logger()


class ChampionWatch:
    """Knows which version serves and which were refused; `look` asks the registry for another one.

    Args:
        settings: name the registry, the model and its alias.
        serving: the version that scores now.
        prepare: makes a warm, placed scorer of a version, or raises whatever is wrong with it.
        offer: takes it from the next commit on.
        ended: set once the processor ends, where another thread looks.
    """

    def __init__(
        self,
        settings: ProcessorSettings,
        serving: ModelVersion,
        prepare: Callable[[ModelVersion], Placement],
        offer: Callable[[Placement], None],
        ended: threading.Event | None = None,
    ) -> None:
        self._settings = settings
        self._serving = serving
        self._prepare = prepare
        self._offer = offer
        self._ended = ended or threading.Event()
        self._refused: dict[ModelVersion | str, bool] = {}
        """What was refused (a sentence where there is no version), and whether for good."""
        self._trouble = ""

    @property
    def refusals(self) -> int:
        """How many versions were refused."""
        return len(self._refused)

    def look(self) -> None:
        """Look once; whatever is wrong with the registry or with a version is logged, once each."""
        try:
            with registry_connection.impatient():
                champion = registry.resolve(self._settings)
        except UnreachableError as silent:
            self._warn(str(silent))
        except Exception as unusable:  # its tags: known by its sentence, since there is no version yet
            self._refuse(str(unusable), unusable)
        else:
            self._warn("" if champion else f"{self._settings.model_name} has no {self._settings.model_alias}")
            if champion is not None:
                self._consider(champion)

    def _consider(self, champion: ModelVersion) -> None:
        """Offer a version that is another than the serving one and passes."""
        if champion.identity == self._serving.identity or self._refused.get(champion):
            return
        started = time.monotonic()
        try:
            if champion.labels != self._serving.labels:
                raise UserError(
                    f"{champion.uri} has the label map {champion.labels}, the stream's is {self._serving.labels}."
                )
            placement = self._prepare(champion)
        except Exception as wrong:
            # An artefact that could not be had may come yet.
            self._refuse(champion, wrong, for_good=not isinstance(wrong, UnreachableError))
            return
        log.debug("model prepared", model=champion.uri, seconds=round(time.monotonic() - started, 2))
        self._serving = champion
        self._offer(placement)

    def _refuse(self, what: ModelVersion | str, wrong: Exception, *, for_good: bool = True) -> None:
        """Say once why a version does not serve. What a stop interrupted says nothing of the version."""
        if self._ended.is_set():
            return
        if what not in self._refused:
            reason = said(wrong)
            which = what.uri if isinstance(what, ModelVersion) else self._settings.model_alias
            log.error("model refused", model=which, reason=reason, serving=self._serving.uri)
        self._refused[what] = for_good

    def _warn(self, trouble: str) -> None:
        """Say once that the registry does not answer, and again after it did."""
        if trouble and trouble != self._trouble:
            log.warning("can't see the champion", reason=trouble, serving=self._serving.uri)
        self._trouble = trouble
