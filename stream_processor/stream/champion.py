"""From the champion's name to a scorer that may serve: at the start and for each reload."""

import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection

import structlog
from pyspark.sql import SparkSession

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.log import configure
from sentistream.process import retry
from sentistream.scoring import probe, registry
from sentistream.scoring.mllib import CannotCompileError, CompiledScorer
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.placement import DriverScorer, ExecutorScorer, PipelineScorer, Scorer

log = structlog.get_logger()
CHAMPION_PAUSE_SECONDS = 1.0
"""Between two looks for a champion that is waited for."""


@dataclass(frozen=True)
class Fetched:
    """A version with its local copy, as far as it comes without Spark."""

    model: ModelVersion
    compiled: CompiledScorer | None
    """None where only Spark can score it."""
    reason: str = ""
    """Why only Spark can."""


def wait(settings: ProcessorSettings, giving_up: threading.Event) -> ModelVersion:
    """The version to score with, waiting for the trainer where there is none yet.

    Raises:
        UserError: none was registered in time, or `giving_up` was set.
    """
    until_there_is_a_champion = retry.until_it_is_there(
        settings.champion_wait_seconds,
        CHAMPION_PAUSE_SECONDS,
        lambda: log.info(
            "waiting for a model", model=settings.model_name, alias=settings.model_alias, remedy="make train"
        ),
        giving_up,
    )
    model = until_there_is_a_champion(registry.resolve, settings)
    if model is None:
        raise UserError(
            f"No model {settings.model_name}@{settings.model_alias} at {registry.shown(settings)} "
            f"after {settings.champion_wait_seconds:.0f} s: run `make train`."
        )
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
        return Fetched(model, None, str(reason))


def fetch_apart(settings: ProcessorSettings, model: ModelVersion) -> Fetched:
    """`fetch` in another process, of low priority.

    In this one, compiling a large model holds the interpreter's lock against the batches (docs/performance.md), and a download that hangs
    would hold up the exit.

    Raises:
        UserError: its artefact can't be had, or the other process died.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with receiver:
        # A daemon: it is ended when this process ends.
        context.Process(target=_send_fetched, args=(sender, settings, model), daemon=True).start()
        sender.close()
        try:
            answer: Fetched | Exception = receiver.recv()
        except EOFError as died:
            raise UserError(f"The process that loaded {model.uri} died; is there enough memory?") from died
    if isinstance(answer, Exception):
        raise answer
    return answer


def _send_fetched(sender: Connection, settings: ProcessorSettings, model: ModelVersion) -> None:
    # Ctrl-C reaches the whole group; only the processor answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(10)
    configure(settings)
    try:
        answer: Fetched | Exception = fetch(settings, model)
    except UserError as refusal:
        answer = refusal
    except Exception as failure:  # it may not travel
        answer = UserError(f"{model.uri} can't be loaded: {failure!r}")
    sender.send(answer)


def place(settings: ProcessorSettings, fetched: Fetched) -> Scorer:
    """Where the version scores: in this process on one machine, in the executors on a cluster."""
    if fetched.compiled is None:
        reason = fetched.reason
        log.warning("scores by Spark's own transform, ten times slower", model=fetched.model.uri, reason=reason)
        return PipelineScorer(fetched.model, registry.load(settings, fetched.model))
    where = DriverScorer if settings.is_local else ExecutorScorer
    return where(fetched.model, fetched.compiled)


def prove(settings: ProcessorSettings, spark: SparkSession, fetched: Fetched) -> Scorer:
    """A scorer that is warm and has scored the probe set, rightly unless that is not asked for.

    Raises:
        UserError: it can't be loaded, or does not score as its label map says.
    """
    scorer = place(settings, fetched)
    scored = scorer.warm_up(spark)
    if settings.champion_probe:
        probe.require_sensible(scored, fetched.model)
    return scorer
