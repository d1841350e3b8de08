"""Keeps the newest record of the versions: looked up in processes apart when somebody asks for the page, at most so often, for all who ask meanwhile."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from sentistream.contracts.model_version import CHALLENGER, ModelVersion
from sentistream.errors import UserError, said
from sentistream.scoring import without_spark
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.succession import fetching
from web_service.models.record import Record, Registered, Scored
from web_service.service import Service
from web_service.settings import WebSettings

log = structlog.get_logger()
FRESH_SECONDS = 30.0
"""A record that is no older is shown as it is; an older one is, too, and looked up anew for who asks next."""
LOOK_SECONDS = 120.0
"""Until a process that looks is ended."""
SHOWN_SECONDS = 12.0
"""How long who asks first waits; then the page says that it is being looked up."""
NO_CHALLENGER = "No version is named challenger. Set the alias in MLflow, and the version is scored here beside the champion, on a sample."


class Looking:
    """The newest record; of one event loop.

    Args:
        service: names registry and lake, and has the champion's scorer.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings
        self._looking: asyncio.Task[None] | None = None
        self._taken = float("-inf")
        self._challenger: Scorer | None = None
        self.latest: Record | None = None
        self.trouble = ""
        """Why the last look found nothing, in a sentence."""

    async def record(self) -> Record | None:
        """The newest one; None where none is there in time."""
        if time.monotonic() - self._taken > FRESH_SECONDS and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look())
        if self.latest is None and self._looking is not None:
            await asyncio.wait([self._looking], timeout=SHOWN_SECONDS)
        return self.latest

    def forget(self) -> None:
        """Have the next who asks wait for a record that is begun after now."""
        self.latest, self._taken, self._looking = None, float("-inf"), None

    async def _look(self) -> None:
        own, found, trouble = asyncio.current_task(), self.latest, ""
        try:
            found = await self._found()
        except UserError as wrong:
            trouble = said(wrong)
            log.warning("the versions could not be looked up", reason=trouble)
        # What was begun before it was forgotten tells of how it was then.
        if self._looking is own:
            self.latest, self.trouble, self._taken = found, trouble, time.monotonic()

    async def _found(self) -> Record:
        """One process after the other: together they would need more memory than there is."""
        registered = await asyncio.to_thread(_registered, self._settings)
        scorers, not_beside = await self._pair(Record(datetime.now(UTC), registered, None, ""))
        snapshot = await self._service.snapshots.now()
        version = dict(snapshot.versions).get("silver")
        if version is None:
            return Record(datetime.now(UTC), registered, None, "There is no lake to look into.")
        versions = [each.version for each in registered.entries if each.version is not None]
        try:
            scored = await asyncio.to_thread(_scored, self._settings, version, versions, scorers)
        except UserError as wrong:
            return Record(datetime.now(UTC), registered, None, said(wrong))
        return Record(datetime.now(UTC), registered, scored, not_beside)

    async def _pair(self, record: Record) -> tuple[Sequence[Scorer], str]:
        """The scorers of champion and challenger; or none, and why."""
        challenger, champion = record.named(CHALLENGER), self._service.serving.scorer
        if challenger is None:
            self._challenger = None
            return (), NO_CHALLENGER
        if challenger.version is None:
            return (), challenger.unusable
        if champion is None or champion.version.identity == challenger.version.identity:
            return (), "The challenger is the version that serves here, or none does."
        if self._challenger is None or self._challenger.version.identity != challenger.version.identity:
            try:
                self._challenger = await asyncio.to_thread(_loaded, self._settings, challenger.version)
            except UserError as wrong:
                return (), f"The challenger can't be scored here: {said(wrong)}"
        return (champion, self._challenger), ""


def _loaded(settings: WebSettings, model: ModelVersion) -> Scorer:
    return without_spark.require(fetching.load_apart(settings, model))


def _registered(settings: WebSettings) -> Registered:
    return fetching.apart("The versions were not asked for", LOOK_SECONDS, fetching.NICENESS, settings, _ask_registry)


def _scored(settings: WebSettings, version: int, versions: Sequence[ModelVersion], scorers: Sequence[Scorer]) -> Scored:
    told = "Silver was not looked into"
    return fetching.apart(told, LOOK_SECONDS, fetching.NICENESS, settings, _ask_silver, version, versions, scorers)


def _ask_registry(settings: WebSettings) -> Registered:
    # MLflow.
    from web_service.models.registered import registered

    return registered(settings)


def _ask_silver(
    settings: WebSettings, version: int, versions: Sequence[ModelVersion], scorers: Sequence[Scorer]
) -> Scored:
    # delta-rs and Arrow's data sets.
    from web_service.models.scored import scored

    return scored(settings, version, versions, scorers)
