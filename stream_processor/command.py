"""`python -m stream_processor run` and `tables`; what `--help` does not need is imported by the commands themselves."""

from enum import StrEnum
from typing import Annotated

import typer

from sentistream.options import with_settings
from sentistream.process import collector
from stream_processor.settings import ProcessorSettings, TablesSettings

AcceptNewTopic = Annotated[
    bool,
    typer.Option(
        "--accept-new-topic",
        envvar="ACCEPT_NEW_TOPIC",
        help="Go on with a topic that was re-created, from its beginning.",
    ),
]
AcceptDataLoss = Annotated[
    bool,
    typer.Option(
        "--accept-data-loss",
        envvar="ACCEPT_DATA_LOSS",
        help="Go on where the broker begins, and count what is gone as lost.",
    ),
]


class Engine(StrEnum):
    """What counts gold's minutes."""

    DELTA_RS = "delta-rs"
    SPARK = "spark"


ByEngine = Annotated[
    Engine,
    typer.Option(
        "--engine",
        envvar="GOLD_ENGINE",
        help="What counts gold's minutes: `spark` recomputes all of gold once on SPARK_MASTER, then ends.",
    ),
]
Once = Annotated[
    bool, typer.Option("--once", envvar="PROCESS_ONCE", help="Process what the topic holds now, then end.")
]


@with_settings(
    ProcessorSettings,
    "kafka_bootstrap_servers",
    "kafka_topic",
    "lake_uri",
    "checkpoint_uri",
    "mlflow_tracking_uri",
    "model_name",
    "model_alias",
    "max_batch_rows",
    "spark_master",
    "log_level",
    "deduplication_window_seconds",
    "metrics_port",
)
def run(
    settings: ProcessorSettings,
    accept_new_topic: AcceptNewTopic = False,
    accept_data_loss: AcceptDataLoss = False,
    once: Once = False,
) -> None:
    """Score tweets until told to stop (SIGTERM or Ctrl-C end it after the running batch)."""
    collector.look_rarely()
    from sentistream import jvm
    from sentistream.lake.erasure import key
    from sentistream.lake.lake import Lake
    from sentistream.lake.locks import lake_lock
    from stream_processor.offsets.resume import Acceptance
    from stream_processor.stream.run import stream

    lake = Lake.at(settings.lake_uri)
    with lake_lock.only_writer(lake, settings.kafka_topic, key.mark(settings)), jvm.end_explained():
        stream(lake, settings, once, Acceptance(accept_new_topic, accept_data_loss))


@with_settings(
    TablesSettings,
    "kafka_bootstrap_servers",
    "kafka_topic",
    "lake_uri",
    "bronze_seconds",
    "gold_seconds",
    "health_seconds",
    "log_level",
    "metrics_port",
)
def tables(
    settings: TablesSettings,
    accept_new_topic: AcceptNewTopic = False,
    accept_data_loss: AcceptDataLoss = False,
    once: Once = False,
    engine: ByEngine = Engine.DELTA_RS,
) -> None:
    """Keep bronze/raw_tweets, gold/sentiment_per_minute and gold/model_health beside `run`, with low priority, until told to stop.

    Waits for another process that keeps them, one of an earlier version, too; with `--once` that is refused.
    """
    collector.look_rarely()
    from sentistream.lake.erasure import key
    from sentistream.lake.lake import Lake
    from stream_processor.offsets.resume import Acceptance
    from stream_processor.tables.turn import own_turn
    from stream_processor.tables.worker import keep, remake_gold

    lake = Lake.at(settings.lake_uri)
    if engine is Engine.SPARK:
        with own_turn(lake, key.mark(settings), waiting=False):
            remake_gold(lake, settings)
        return
    with own_turn(lake, key.mark(settings), waiting=not once):
        keep(lake, settings, once, Acceptance(accept_new_topic, accept_data_loss))
