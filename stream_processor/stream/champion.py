"""From the champion's name to a placed scorer that may serve: at the start and for each reload."""

import threading

import structlog
from pyspark.sql import SparkSession

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.process import retry
from sentistream.scoring import probe, registry, registry_connection
from sentistream.scoring.errors import RegistryRefusedError, UnreachableError
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sparkml import TransformScorer
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.placement import InPlan, OnDriver, OnExecutors, Placement
from stream_processor.stream.spark_failure import of_a_trial

log = structlog.get_logger()
CHAMPION_PAUSE_SECONDS = 1.0
"""Between two looks for a champion that is waited for."""
SLOW_SECONDS = 2.0
"""After which it is said that the registry is waited for."""


class NoChampionError(UserError):
    """None was registered in time."""


def wait(settings: ProcessorSettings, giving_up: threading.Event) -> ModelVersion:
    """The version to score with, waiting for the registry and for the trainer where there is none yet.

    Raises:
        NoChampionError: none was registered in time.
        StoppedError: `giving_up` was set.
        UserError: the tags of the champion can't be used.
        UnreachableError: the registry did not answer in time.
        RegistryRefusedError: it does not let us in.
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
        except RegistryRefusedError:
            raise
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
