"""Which version answers: the champion, brought here and proved beside the event loop; at a start without the registry, the one that served last."""

import threading
import time

import structlog

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said
from sentistream.process import collector
from sentistream.process.periodic import Periodic
from sentistream.scoring import proven, without_spark
from sentistream.scoring.errors import RegistryRefusedError, UnreachableError
from sentistream.scoring.registry_address import shown
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.succession import fetching, registry_state, remembered
from sentistream.scoring.succession.reload import ChampionWatch
from sentistream.settings import ChampionSettings, RegistrySettings
from web_service.scoring.serving import Serving

log = structlog.get_logger()
WAITING_SECONDS = 1.0
"""Between two looks while nothing serves."""
UNKNOWN_SECONDS = 60.0
"""Between two questions to a registry of which only MLflow can tell whether it has changed."""


class Champion:
    """Follows the champion's alias, in a thread of its own.

    Args:
        settings: name the registry, the model and its alias.
        serving: takes each version that may serve.
        ended: set once the service ends.
    """

    def __init__(self, settings: ChampionSettings, serving: Serving, ended: threading.Event) -> None:
        self.given_up: UserError | None = None
        """Why the service ends, where nothing was there in time."""
        self._settings = settings
        self._serving = serving
        self._ended = ended
        self._asked: tuple[bytes | None, float, ModelVersion | None] | None = None
        self._began = time.monotonic()
        self._next_look = 0.0
        self._is_refused = False
        self._trouble: UnreachableError | None = None
        self._watch = ChampionWatch(settings, serving.standing, self._prepare, self._offer, ended, self._resolve)
        self._periodic = Periodic(
            "champion watch", self._look, WAITING_SECONDS / 4, at_once=True, is_waited_for=False, ended=ended
        )

    def follow(self) -> None:
        """Begin."""
        self._periodic.start()

    @property
    def _niceness(self) -> int:
        """While nothing serves, nobody has to be given way to."""
        return 0 if self._serving.scorer is None else fetching.NICENESS

    def _look(self) -> None:
        """Look as often as is asked for; while nothing serves, each second."""
        serves, now = self._serving.scorer is not None, time.monotonic()
        pause = self._settings.champion_check_seconds if serves else WAITING_SECONDS
        if now < self._next_look or (serves and not pause):
            return
        self._trouble = None
        self._watch.look()
        if self._serving.scorer is None:
            self._serve_last()
        if self._serving.scorer is None:
            self._explain()
        self._next_look = time.monotonic() + (pause if serves else min(pause, WAITING_SECONDS))

    def _resolve(self, settings: RegistrySettings) -> ModelVersion | None:
        """The champion, asked for where the registry may say something else than before."""
        try:
            state = registry_state.of(settings)
            if self._asked is not None and self._is_known(*self._asked[:2], state):
                return self._asked[2]
            model = fetching.resolve_apart(settings, self._niceness)
        except UnreachableError as away:
            self._trouble = away
            raise
        except Exception as unusable:
            self._serving.leave(said(unusable))
            self._is_refused = True
            raise
        self._asked = (state, time.monotonic(), model)
        if model is not None:
            self._serving.leave(f"{model.uri} is being loaded")
        return model

    @staticmethod
    def _is_known(before: bytes | None, asked_at: float, state: bytes | None) -> bool:
        return state == before if state is not None else time.monotonic() - asked_at < UNKNOWN_SECONDS

    def _prepare(self, model: ModelVersion) -> Scorer:
        """A warm scorer that has passed the probe.

        Raises:
            UserError: it can't serve here.
        """
        try:
            scorer = without_spark.require(fetching.load_apart(self._settings, model, self._niceness))
            proven.warm_up(scorer)
            proven.tried(self._settings, scorer)
        except Exception as wrong:
            self._is_refused = not isinstance(wrong, UnreachableError)
            if self._serving.scorer is None:
                self._serving.leave(said(wrong))
            raise
        return scorer

    def _offer(self, scorer: Scorer) -> None:
        self._serving.take(scorer)
        # What the imports and the tables are made of is as old as the process.
        collector.settle()
        version = scorer.version
        remembered.write(self._settings, version)
        a_second = scorer.tweets_per_second
        log.info("serving", model=version.name, version=version.version, texts_per_second=round(a_second or 0))

    def _serve_last(self) -> None:
        """Serve what served last, where the champion can't be had."""
        last = remembered.read(self._settings)
        if last is None or self._serving.standing.is_refused(last) or (self._trouble is None and not self._is_refused):
            return
        try:
            scorer = self._prepare(last)
        except Exception as wrong:  # whatever is wrong with it
            if self._serving.standing.refuse(last, for_good=not isinstance(wrong, UnreachableError)):
                self._serving.standing.tell(last.uri, wrong)
            return
        log.warning("serves the version that served last, from its copy", model=last.uri)
        self._offer(scorer)

    def _explain(self) -> None:
        """Say why nothing serves, and give up once nothing was there in time; a champion that is refused may be followed by another one."""
        if self._is_refused and self._trouble is None:
            return
        alias = f"{self._settings.model_name}@{self._settings.model_alias}"
        where = shown(self._settings)
        missing = f"No model {alias} at {where}"
        self._serving.leave(said(self._trouble) if self._trouble else f"{missing}: run `sentistream train`.")
        waited = time.monotonic() - self._began
        # Waiting changes nothing where the registry does not let us in.
        is_late = waited >= self._settings.champion_wait_seconds or isinstance(self._trouble, RegistryRefusedError)
        if is_late and not self._ended.is_set():
            seconds = self._settings.champion_wait_seconds
            self.given_up = self._trouble or UserError(f"{missing} after {seconds:.0f} s: run `sentistream train`.")
            self._ended.set()
