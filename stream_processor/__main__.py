"""`python -m stream_processor`: the command line of the stream processor."""

import gc
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from sentistream import command_line, lake, log, spark, topic
from sentistream.errors import UserError
from stream_processor import ledger, lock, source
from stream_processor.resume import plan
from stream_processor.settings import ProcessorSettings
from stream_processor.sink import LakeSink
from stream_processor.upkeep import Upkeep

if TYPE_CHECKING:
    from sentistream.model_version import ModelVersion
    from sentistream.scorer import CompiledScorer
    from stream_processor.score import Scorer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Scores tweets from Kafka into Delta tables.",
)
logger = structlog.get_logger()
QUICK_COMPILER = "-XX:TieredStopAtLevel=1"
"""Batches are short and many: the JVM's second compiler costs them more processor time than it saves (docs/performance.md)."""


@app.callback()
def main() -> None:
    """Scores tweets from Kafka into Delta tables."""


@app.command()
def run(
    kafka_bootstrap_servers: Annotated[
        str | None,
        typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="host:port of the broker, several separated by commas."),
    ] = None,
    kafka_topic: Annotated[str | None, typer.Option(envvar="KAFKA_TOPIC", help="The topic to read.")] = None,
    lake_uri: Annotated[str | None, typer.Option(envvar="LAKE_URI", help="Where the tables lie.")] = None,
    checkpoint_uri: Annotated[
        str | None, typer.Option(envvar="CHECKPOINT_URI", help="Spark's scratch state; may be lost.")
    ] = None,
    mlflow_tracking_uri: Annotated[
        str | None, typer.Option(envvar="MLFLOW_TRACKING_URI", help="The model registry.")
    ] = None,
    model_name: Annotated[str | None, typer.Option(envvar="MODEL_NAME", help="The registered model.")] = None,
    model_alias: Annotated[str | None, typer.Option(envvar="MODEL_ALIAS", help="Which of its versions scores.")] = None,
    max_batch_rows: Annotated[
        int | None, typer.Option(envvar="MAX_BATCH_ROWS", help="Most records in one batch.")
    ] = None,
    spark_master: Annotated[str | None, typer.Option(envvar="SPARK_MASTER", help="Where Spark runs.")] = None,
    log_level: Annotated[str | None, typer.Option(envvar="LOG_LEVEL", help="DEBUG shows every batch.")] = None,
    deduplication_window_seconds: Annotated[
        int | None, typer.Option(envvar="DEDUPLICATION_WINDOW_SECONDS", help="How long a tweet's id is remembered.")
    ] = None,
    accept_new_topic: Annotated[
        bool,
        typer.Option(
            "--accept-new-topic",
            envvar="ACCEPT_NEW_TOPIC",
            help="Go on with a topic that was re-created, from its beginning.",
        ),
    ] = False,
    accept_data_loss: Annotated[
        bool,
        typer.Option(
            "--accept-data-loss",
            envvar="ACCEPT_DATA_LOSS",
            help="Go on where the broker begins, and count what is gone as lost.",
        ),
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", envvar="ONCE", help="Process what the topic holds now, then end.")
    ] = False,
) -> None:
    """Score tweets until told to stop (SIGTERM or Ctrl-C end it after the running batch)."""
    flags = ("once", "accept_new_topic", "accept_data_loss")
    options = {name: value for name, value in locals().items() if name not in flags}
    settings = ProcessorSettings.from_options(**options)
    log.configure(settings)
    with lock.only_writer(settings.lake_uri, settings.kafka_topic):
        _stream(settings, once, Acceptance(accept_new_topic, accept_data_loss))


@dataclass(frozen=True)
class Acceptance:
    """What the user allows where a start would otherwise stop."""

    new_topic: bool
    data_loss: bool


def _stream(settings: ProcessorSettings, once: bool, acceptance: Acceptance) -> None:
    found = topic.ensure(settings)
    background = ThreadPoolExecutor(2)
    # MLflow takes seconds to import, the window of ids seconds to read: both happen while the JVM starts.
    giving_up = threading.Event()
    champion = background.submit(compiled_champion, settings, giving_up)
    resuming = background.submit(open_sink, settings, found, acceptance) if lake.exists(settings.lake_uri) else None
    try:
        session = spark.session(settings, "sentistream stream_processor", QUICK_COMPILER)
        lake.create_tables(session, settings.lake_uri)
        sink, offsets = resuming.result() if resuming else open_sink(settings, found, acceptance)
        model, compiled = champion.result()
    finally:
        # The interpreter waits for its threads: one that waits for a model must not hold up an error or Ctrl-C.
        giving_up.set()
    from stream_processor.job import StreamingJob

    job = StreamingJob(session, settings, place(settings, model, compiled), sink)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        logger.info("stopping after the running batch", signal=signal.Signals(number).name)
        job.stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    job.warm_up()
    # What the imports left is never garbage: the collector need not look at it again in every batch.
    gc.freeze()
    where = {"topic": found.name, "lake": settings.lake_uri, "remembered": sink.remembered}
    logger.info("streaming", model=model.name, version=model.version, **where)
    upkeep = Upkeep(settings.lake_uri, settings.compaction_seconds, settings.log_kept_commits)
    upkeep.start()
    try:
        job.run(offsets, once)
    finally:
        upkeep.finish()
    session.stop()
    logger.info("stopped", **ledger.sum_of(sink.totals.values()))


def compiled_champion(
    settings: ProcessorSettings, giving_up: threading.Event
) -> "tuple[ModelVersion, CompiledScorer | None]":
    """The version to score with, compiled; None in place of that where only Spark can score it."""
    model = wait_for_champion(settings, giving_up)
    from sentistream import registry
    from sentistream.scorer import CannotCompileError, CompiledScorer

    try:
        return model, CompiledScorer.from_saved(registry.fetch(settings, model))
    except CannotCompileError as reason:
        logger.warning("scores by Spark's own transform, ten times slower", model=model.uri, reason=str(reason))
        return model, None


def place(settings: ProcessorSettings, model: "ModelVersion", compiled: "CompiledScorer | None") -> "Scorer":
    """Where the version scores: in this process on one machine, in the executors on a cluster."""
    from sentistream import registry
    from stream_processor.score import DriverScorer, ExecutorScorer, PipelineScorer

    if compiled is None:
        return PipelineScorer(model, registry.load(settings, model))
    return DriverScorer(model, compiled) if settings.is_local else ExecutorScorer(model, compiled)


def open_sink(settings: ProcessorSettings, found: topic.Topic, acceptance: Acceptance) -> tuple[LakeSink, str]:
    """The sink with its window of ids, and the offsets to read from.

    Raises:
        UserError: the topic or its offsets are not what the table was written from, and that is not accepted.
    """
    sink = LakeSink(settings.lake_uri, found, timedelta(seconds=settings.deduplication_window_seconds))
    admin = topic.connect(settings)
    try:
        topic.require_broker_time(admin, found.name)
        held = topic.ranges(admin, found)
    finally:
        admin.close()
    going_on = plan(
        found,
        held,
        sink.totals,
        another_topic=ledger.is_another_topic(sink.scored_table, found),
        accept_new_topic=acceptance.new_topic,
        accept_data_loss=acceptance.data_loss,
    )
    sink.resume(going_on)
    return sink, source.starting_offsets(found, going_on.offsets)


def wait_for_champion(settings: ProcessorSettings, giving_up: threading.Event) -> "ModelVersion":
    """The version to score with, waiting for the trainer where there is none yet.

    Raises:
        UserError: none was registered in time.
    """
    from sentistream import registry

    deadline = time.monotonic() + settings.champion_wait_seconds
    waiting = False
    while (model := registry.resolve(settings)) is None:
        if not waiting:
            logger.info(
                "waiting for a model",
                model=settings.model_name,
                alias=settings.model_alias,
                remedy="make train",
            )
            waiting = True
        if time.monotonic() >= deadline:
            raise UserError(
                f"No model {settings.model_name}@{settings.model_alias} at {registry.shown(settings)} "
                f"after {settings.champion_wait_seconds:.0f} s: run `make train`."
            )
        if giving_up.wait(1):
            raise UserError("The wait for a model was ended.")
    return model


if __name__ == "__main__":
    command_line.run(app)
