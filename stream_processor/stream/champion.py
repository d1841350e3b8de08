"""From the champion's name to a placed scorer that may serve: at the start and for each reload."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import Connection

import structlog
from pyspark.sql import SparkSession

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.log import configure
from sentistream.process import retry
from sentistream.scoring import probe, registry, registry_connection
from sentistream.scoring.apart import ProcessApart
from sentistream.scoring.artefact import Artefact, fetch
from sentistream.scoring.errors import UnreachableError
from sentistream.scoring.scorer import FLAVOURS, Scorer, load
from sentistream.scoring.sparkml import TransformScorer
from sentistream.settings import RegistrySettings
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.placement import InPlan, OnDriver, OnExecutors, Placement
from stream_processor.stream.spark_failure import of_a_trial

log = structlog.get_logger()
CHAMPION_PAUSE_SECONDS = 1.0
"""Between two looks for a champion that is waited for."""
SLOW_SECONDS = 2.0
"""After which it is said that the registry is waited for."""
FETCH_SECONDS = 600.0
"""Until the process that fetches the next champion is ended; the copy itself has half of it."""
NICENESS = 10
"""Of what prepares the next champion beside the stream."""


class NoChampionError(UserError):
    """None was registered in time."""


def wait(settings: ProcessorSettings, giving_up: threading.Event) -> ModelVersion:
    """The version to score with, waiting for the registry and for the trainer where there is none yet.

    Raises:
        NoChampionError: none was registered in time.
        StoppedError: `giving_up` was set.
        UserError: the tags of the champion can't be used.
        UnreachableError: the registry did not answer in time.
    """
    said: set[str] = set()
    trouble: UnreachableError | None = None

    def say(event: str, **what: str) -> None:
        if event not in said and settings.champion_wait_seconds:
            said.add(event)
            log.info(event, **what)

    def say_where() -> None:
        say("waiting for the registry", mlflow_tracking_uri=registry_connection.shown(settings))

    def look() -> ModelVersion | None:
        nonlocal trouble
        slow = threading.Timer(SLOW_SECONDS, say_where)
        slow.daemon = True
        slow.start()
        try:
            with registry_connection.impatient():
                model, trouble = registry.resolve(settings), None
        except UnreachableError as away:
            trouble = away
            say_where()
            return None
        finally:
            slow.cancel()
        if model is None:
            say("waiting for a model", model=settings.model_name, alias=settings.model_alias, remedy="make train")
        return model

    until_there_is_a_champion = retry.until_it_is_there(
        settings.champion_wait_seconds, CHAMPION_PAUSE_SECONDS, stopping=giving_up
    )
    model = until_there_is_a_champion(look)
    if model is None:
        raise trouble or NoChampionError(
            f"No model {settings.model_name}@{settings.model_alias} at {registry_connection.shown(settings)} "
            f"after {settings.champion_wait_seconds:.0f} s: run `make train`."
        )
    return model


def load_apart(settings: ProcessorSettings, model: ModelVersion) -> Scorer:
    """`scorer.load` beside the stream: all that it costs is other processes', of low priority.

    In this one, compiling a large model holds the interpreter's lock against the batches (docs/performance.md), and a download that hangs
    would hold up the exit.

    Raises:
        RefusedError: its files are not what may be loaded.
        UnreachableError: they can't be had or loaded now.
    """
    with ProcessApart(FLAVOURS.get(model.flavour, ""), niceness=NICENESS) as process:
        return load(settings, model, fetch=_fetch_apart, within=process)


def _fetch_apart(settings: RegistrySettings, model: ModelVersion) -> Artefact:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with receiver:
        # A daemon: it is ended when this process ends.
        fetching = context.Process(target=_send_fetched, args=(sender, settings, model), daemon=True)
        fetching.start()
        sender.close()
        try:
            if not receiver.poll(FETCH_SECONDS):
                raise UnreachableError(f"{model.uri} was not fetched within {FETCH_SECONDS:.0f} s.")
            answer: Artefact | Exception = receiver.recv()
        except EOFError as died:
            raise UnreachableError(f"The process that fetched {model.uri} died; is there enough memory?") from died
        finally:
            # A store that sends without end would keep its threads, and a disk filling, for as long as it likes.
            fetching.kill()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _send_fetched(sender: Connection, settings: RegistrySettings, model: ModelVersion) -> None:
    # Ctrl-C reaches the whole group; only the processor answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    configure(settings)
    try:
        answer: Artefact | Exception = fetch(settings, model)
    except UserError as refusal:
        answer = refusal
    except Exception as failure:  # it may not travel
        answer = UserError(f"{model.uri} can't be fetched: {failure!r}")
    sender.send(answer)


def place(settings: ProcessorSettings, scorer: Scorer) -> Placement:
    """Where a scorer runs: in this process on one machine, in the executors on a cluster."""
    if isinstance(scorer, TransformScorer):
        log.warning("scores by Spark's own transform, ten times slower", model=scorer.version.uri, reason=scorer.reason)
        return InPlan(scorer)
    return OnDriver(scorer) if settings.is_local else OnExecutors(scorer)


def prove(settings: ProcessorSettings, spark: SparkSession, scorer: Scorer) -> Placement:
    """A placement that is warm and has scored the probe set, rightly unless that is not asked for.

    Raises:
        UserError: the version can't be loaded, or does not score as its label map says.
        UnreachableError: it can't be tried now, which is no fault of the version.
    """
    placement = place(settings, scorer)
    with of_a_trial(scorer.version):
        scored = placement.warm_up(spark).sort_by("offset")
        if settings.champion_probe:
            probe.require_sensible(scored["p_positive"], scored["sentiment"], scorer.version)
            # Here, too, a pipeline that can't be compiled is run by Spark.
            probe.require_own_languages(scorer)
    return placement
