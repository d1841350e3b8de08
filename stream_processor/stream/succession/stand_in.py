"""What scores where a version is refused and none is at hand to go back to: the one that served last, else whichever becomes champion."""

import queue
import threading
import time
from collections.abc import Callable

import structlog

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from sentistream.process.periodic import Periodic
from sentistream.process.retry import StoppedError
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.errors import OF_NO_VERSION, NotLoadedError, UnfitError
from sentistream.scoring.succession.reload import ChampionWatch
from sentistream.scoring.succession.standing import Standing
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.placement import Placement
from stream_processor.stream.succession import served_versions

log = structlog.get_logger()
PAUSE_SECONDS = 1.0
"""Between two looks for a version that is waited for."""
NOTICED_SECONDS = 0.1
"""How soon the end of a look, or a stop, is seen."""


class Succession:
    """Finds a version to score with. While it waits for one nothing beats the heart, and a stop ends the wait at once.

    Args:
        settings: name the registry, and how long a champion is waited for.
        lake: its scored table says which versions served.
        prepare: makes a warm, placed scorer of a version, or raises whatever is wrong with it.
        ended: set once the processor ends.
    """

    def __init__(
        self,
        settings: ProcessorSettings,
        lake: Lake,
        prepare: Callable[[ModelVersion], Placement],
        ended: threading.Event | None = None,
    ) -> None:
        self.standing = Standing()
        """Which version serves, and which are refused."""
        self.offers: queue.SimpleQueue[Placement] = queue.SimpleQueue()
        """New champions, which the stream takes from here."""
        self.watch = ChampionWatch(settings, self.standing, prepare, self.offers.put, ended)
        """Puts them there; for a thread beside the stream."""
        self._settings = settings
        self._lake = lake
        self._prepare = prepare

    def instead_of(self, refusal: UserError, stopping: threading.Event) -> Placement:
        """What a start scores with whose champion is refused: as long as that and its tags stay as they are, or until it can be loaded.

        Raises:
            UserError: the refusal, where nothing else was there in time.
            StoppedError: told to stop before that.
        """
        what = refusal.version if isinstance(refusal, UnfitError | NotLoadedError) else said(refusal)
        self.standing.refuse(what, for_good=not isinstance(refusal, OF_NO_VERSION))
        which = self._settings.model_alias if isinstance(what, str) else what.uri
        return self._found(refusal, which, stopping)

    def after(self, fault: UnfitError, stopping: threading.Event) -> Placement:
        """What scores after a version that turned out unfit while it served, and never serves again.

        Raises:
            UserError: the fault, where nothing else was there in time.
            StoppedError: told to stop before that.
        """
        self.standing.exclude(fault.version)
        return self._found(fault, fault.version.uri, stopping)

    def _found(self, refusal: UserError, which: str, stopping: threading.Event) -> Placement:
        found: queue.SimpleQueue[Placement] = queue.SimpleQueue()
        is_told, telling, resting = threading.Event(), threading.Lock(), threading.Event()

        def tell(placement: Placement | None) -> None:
            with telling:
                if not is_told.is_set():
                    self.standing.serve(placement.scorer.version if placement else None)
                    self.standing.tell(which, refusal)
                    is_told.set()

        def look() -> None:
            resting.clear()
            placement = None
            try:
                placement = self._served_last()
            finally:
                # Even where the lake does not answer.
                tell(placement)
                if placement is not None:
                    found.put(placement)
                else:
                    self.watch.look()
                resting.set()

        # In a thread of its own: registry and store may take minutes not to answer.
        with Periodic("succession", look, PAUSE_SECONDS, at_once=True, is_waited_for=False):
            deadline = time.monotonic() + self._settings.champion_wait_seconds
            while True:
                # What is being looked at may serve, however late it is.
                is_late = resting.is_set() and not self.watch.is_looking and time.monotonic() > deadline
                if not (found.empty() and self.offers.empty()):
                    break
                if is_late:
                    raise self._late(refusal)
                if stopping.wait(NOTICED_SECONDS):
                    raise StoppedError("Told to stop while waiting for a model.", exit_code=130)
        placement = (self.offers if found.empty() else found).get()
        # Where the look that would have told hangs or comes later: it has nothing to say any more.
        tell(placement)
        return placement

    def _late(self, refusal: UserError) -> UserError:
        alias = f"{self._settings.model_name}@{self._settings.model_alias}"
        seconds = self._settings.champion_wait_seconds
        return UserError(
            f"{said(refusal)} No other version was {alias} after {seconds:.0f} s: register one that can serve."
        )

    def _served_last(self) -> Placement | None:
        """The version that served last, or the one before it, with the files with which it first did."""
        table = self._lake.require(SCORED)
        for number in served_versions.latest(table, self._settings.model_name):
            uri = f"models:/{self._settings.model_name}/{number}"
            known: ModelVersion | str = uri
            try:
                with registry_connection.impatient():
                    known = model = registry.resolve_uri(self._settings, uri)
                if served_versions.is_known(table, model) and not self.standing.is_refused(model):
                    self.standing.require_labels(model)
                    return self._prepare(model)
            except Exception as wrong:  # whatever its preparation raises
                # A registry or store that does not answer may do so later.
                if self.standing.refuse(known, for_good=not isinstance(wrong, OF_NO_VERSION)):
                    log.warning("a version that served before can't be had", model=uri, reason=said(wrong))
        return None
