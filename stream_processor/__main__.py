"""`python -m stream_processor`: the command line of the stream processor."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from sentistream import command_line, lake, log, spark, topic
from sentistream.errors import UserError
from sentistream.preflight import PreflightError
from stream_processor import source
from stream_processor.settings import ProcessorSettings
from stream_processor.sink import LakeSink

if TYPE_CHECKING:
    from sentistream.registry import ModelVersion

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Scores tweets from Kafka into Delta tables.",
)
logger = structlog.get_logger()


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
    once: Annotated[
        bool, typer.Option("--once", envvar="ONCE", help="Process what the topic holds now, then end.")
    ] = False,
) -> None:
    """Score tweets until told to stop (SIGTERM or Ctrl-C end it after the running batch)."""
    options = {name: value for name, value in locals().items() if name != "once"}
    settings = ProcessorSettings.from_options(**options)
    log.configure(settings)
    found = topic.ensure(settings)
    # MLflow takes seconds to import: the registry is asked while the JVM starts.
    champion = ThreadPoolExecutor(1).submit(wait_for_champion, settings)
    try:
        session = spark.session(settings, "sentistream stream_processor")
    except PreflightError as missing:
        raise UserError(str(missing)) from missing
    lake.create_tables(session, settings.lake_uri)
    model = champion.result()
    # Imported by now, on the other thread.
    from sentistream import registry
    from stream_processor.job import StreamingJob
    from stream_processor.score import PipelineScorer

    sink = LakeSink(settings.lake_uri, found)
    job = StreamingJob(session, settings, PipelineScorer(model, registry.load(settings, model)), sink)

    def on_signal(number: int, _frame: FrameType | None) -> None:
        logger.info("stopping after the running batch", signal=signal.Signals(number).name)
        job.stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    job.warm_up()
    logger.info("streaming", topic=found.name, lake=settings.lake_uri, model=model.name, version=model.version)
    job.run(source.starting_offsets(found, sink.committed), once)
    session.stop()
    logger.info("stopped")


def wait_for_champion(settings: ProcessorSettings) -> "ModelVersion":
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
                f"No model {settings.model_name}@{settings.model_alias} at {settings.mlflow_tracking_uri} "
                f"after {settings.champion_wait_seconds:.0f} s: run `make train`."
            )
        time.sleep(1)
    return model


if __name__ == "__main__":
    command_line.run(app)
