"""From the champion's name to a scorer that may serve: at the start and for each reload."""

import threading
import time
from dataclasses import dataclass

import structlog
from pyspark.sql import SparkSession

from sentistream import registry
from sentistream.errors import UserError
from sentistream.model_version import ModelVersion
from sentistream.scorer import CannotCompileError, CompiledScorer
from stream_processor import probe
from stream_processor.score import DriverScorer, ExecutorScorer, PipelineScorer, Scorer
from stream_processor.settings import ProcessorSettings

log = structlog.get_logger()


@dataclass(frozen=True)
class Fetched:
    """A version with its local copy, as far as it comes without Spark."""

    model: ModelVersion
    compiled: CompiledScorer | None
    """None where only Spark can score it."""


def wait(settings: ProcessorSettings, giving_up: threading.Event) -> ModelVersion:
    """The version to score with, waiting for the trainer where there is none yet.

    Raises:
        UserError: none was registered in time.
    """
    deadline = time.monotonic() + settings.champion_wait_seconds
    waiting = False
    while (model := registry.resolve(settings)) is None:
        if not waiting:
            log.info("waiting for a model", model=settings.model_name, alias=settings.model_alias, remedy="make train")
            waiting = True
        if time.monotonic() >= deadline:
            raise UserError(
                f"No model {settings.model_name}@{settings.model_alias} at {registry.shown(settings)} "
                f"after {settings.champion_wait_seconds:.0f} s: run `make train`."
            )
        if giving_up.wait(1):
            raise UserError("The wait for a model was ended.")
    return model


def fetch(settings: ProcessorSettings, model: ModelVersion) -> Fetched:
    """Bring a version to this machine and compile it.

    Raises:
        UserError: its artefact can't be had.
    """
    folder = registry.fetch(settings, model)
    try:
        return Fetched(model, CompiledScorer.from_saved(folder))
    except CannotCompileError as reason:
        log.warning("scores by Spark's own transform, ten times slower", model=model.uri, reason=str(reason))
        return Fetched(model, None)


def place(settings: ProcessorSettings, fetched: Fetched) -> Scorer:
    """Where the version scores: in this process on one machine, in the executors on a cluster."""
    if fetched.compiled is None:
        return PipelineScorer(fetched.model, registry.load(settings, fetched.model))
    where = DriverScorer if settings.is_local else ExecutorScorer
    return where(fetched.model, fetched.compiled)


def prove(settings: ProcessorSettings, spark: SparkSession, fetched: Fetched) -> Scorer:
    """A scorer that is warm and has scored the probe set rightly.

    Raises:
        UserError: it can't be loaded, or does not score as its label map says.
    """
    scorer = place(settings, fetched)
    probe.require_sensible(scorer.warm_up(spark), fetched.model)
    return scorer
