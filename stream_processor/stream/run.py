"""One run of the stream: what it needs is fetched side by side, then the job runs, with its watches beside it."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import TYPE_CHECKING

import structlog

from sentistream import object_storage, spark
from sentistream.errors import UserError, said
from sentistream.kafka import connection, topic
from sentistream.lake.erasure.requests import Requests
from sentistream.lake.lake import Lake
from sentistream.lake.schema import migrate
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import AUDIT, MODEL_PROFILES, RETIRED, SCORED, TABLES
from sentistream.process import collector
from sentistream.process.periodic import Periodic
from sentistream.process.retry import StoppedError
from sentistream.scoring.errors import OF_NO_VERSION, NotLoadedError, blaming
from sentistream.scoring.succession import fetching
from stream_processor.offsets import ledger, source
from stream_processor.offsets.missing import BrokersLog
from stream_processor.offsets.resume import Acceptance, plan
from stream_processor.settings import ProcessorSettings
from stream_processor.stream import profile_record, transaction_watch
from stream_processor.stream.forgotten_watch import LOOK_SECONDS, ForgottenWatch
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.transaction_watch import TransactionWatch
from stream_processor.stream.upkeep import Upkeep

if TYPE_CHECKING:
    from sentistream.contracts.model_version import ModelVersion
    from sentistream.scoring.scorer import Scorer
    from stream_processor.stream.placement import Placement

logger = structlog.get_logger()


def stream(lake: Lake, settings: ProcessorSettings, once: bool, acceptance: Acceptance) -> None:
    """Score until told to stop; with `once`, until what the topic holds now is done.

    Raises:
        UserError: something that it needs is not there or not what it has to be, or the stream failed.
    """
    migrate.bring_up(lake, (*TABLES, RETIRED, MODEL_PROFILES, *AUDIT))
    requests = Requests(lake, settings)
    # Refused at once where the key is not the right one.
    requests.read()
    tweets = topic.ensure(settings)
    background = ThreadPoolExecutor(2)
    # MLflow takes seconds to import, the window of ids seconds to read: both happen while the JVM starts.
    giving_up = threading.Event()
    loading = background.submit(load_champion, settings, giving_up)
    resuming = background.submit(open_sink, lake, settings, tweets, acceptance) if lake.holds(*TABLES) else None
    try:
        s3 = object_storage.settings_for(lake.uri, settings.checkpoint_uri)
        session = spark.session(
            settings,
            "sentistream stream_processor",
            f"{spark.QUICK_COMPILER} {source.jvm_options(settings)}",
            source.spark_options(settings),
            s3=s3,
        )
        create_by_spark(session, lake)
        sink, offsets = resuming.result() if resuming else open_sink(lake, settings, tweets, acceptance)
        # Before a model is waited for: `lake forget` waits for us.
        look = ForgottenWatch(requests, tweets.name, sink.forget).look
        look()
        forgetting = Periodic("forgotten watch", look, LOOK_SECONDS, failing="can't see what is to be forgotten")
        forgetting.start()
        wait([loading])
    finally:
        # The interpreter waits for its threads: one that waits for a model must not hold up an error or Ctrl-C.
        giving_up.set()
    from stream_processor.stream import champion
    from stream_processor.stream.job import StreamingJob
    from stream_processor.stream.succession import served_versions
    from stream_processor.stream.succession.stand_in import Succession

    def proven(scorer: "Scorer") -> "Placement":
        served_versions.require(lake.require(SCORED), scorer.version)
        placement = champion.prove(settings, session, scorer)
        profile_record.keep(lake, settings, scorer.version)
        return placement

    ended = threading.Event()
    succession = Succession(settings, lake, lambda version: proven(fetching.load_apart(settings, version)), ended)
    try:
        model, scorer = loading.result()
        with blaming(model):
            placement = proven(scorer)
    except NotLoadedError as busy:
        placement = succession.instead_of(busy, threading.Event())
    except (champion.NoChampionError, *OF_NO_VERSION, StoppedError):
        raise
    except UserError as refusal:
        placement = succession.instead_of(refusal, threading.Event())
    job = StreamingJob(session, settings, placement, sink, succession)
    upkeep = Upkeep(lake, settings.compaction_seconds, settings.log_kept_commits, settings)
    if settings.metrics_port:
        # Where nobody asks, nothing of it is imported.
        from sentistream.metrics import served
        from stream_processor.stream.metrics import ProcessorMetrics

        served.serve(settings, ProcessorMetrics(job, sink, succession, upkeep))

    def on_signal(number: int, _frame: FrameType | None) -> None:
        logger.info("stopping after the running batch", signal=signal.Signals(number).name)
        job.stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    # Or every batch would pay for looking at it.
    collector.settle()
    where = {"topic": tweets.name, "lake": lake.uri, "remembered": sink.remembered}
    serving = placement.scorer.version
    logger.info("streaming", model=serving.name, version=serving.version, **where)
    with ExitStack() as beside:
        beside.callback(upkeep.close)
        beside.callback(forgetting.finish)
        beside.enter_context(Periodic("upkeep", upkeep.round, upkeep.pause_seconds))
        transactions = TransactionWatch(settings, tweets, job.meter.lag.seen)
        beside.enter_context(
            Periodic("transaction watch", transactions.look, transaction_watch.LOOK_SECONDS, is_waited_for=False)
        )
        # Not waited for: the registry may take minutes not to answer.
        check_seconds = settings.champion_check_seconds
        looking = Periodic("champion watch", succession.watch.look, check_seconds, is_waited_for=False, ended=ended)
        beside.enter_context(looking)
        job.run(offsets, once)
    session.stop()
    logger.info(
        "stopped", **ledger.sum_of(sink.totals.values()), reloads=job.reloads, refusals=succession.standing.refusals
    )


def load_champion(settings: ProcessorSettings, giving_up: threading.Event) -> "tuple[ModelVersion, Scorer]":
    """The champion and its scorer, once there is one.

    Raises:
        UnfitError: it can't be loaded.
        NotLoadedError: nor now, twice.
        SigningKeyError: the signing key can't be used.
        UserError: as `champion.wait`.
    """
    from sentistream.contracts.model_version import SPARKML
    from sentistream.scoring.apart import ProcessApart
    from sentistream.scoring.artefact import signature
    from sentistream.scoring.scorer import FLAVOURS, load

    # It warms up while MLflow is imported and the champion is looked for.
    with ProcessApart(FLAVOURS[SPARKML]) as process:
        from stream_processor.stream import champion

        signature.require_key(settings)
        model = champion.wait(settings, giving_up)
        with blaming(model):
            try:
                return model, load(settings, model, within=process)
            except NotLoadedError as busy:
                logger.warning("tries to load the model once more", model=model.uri, reason=said(busy))
                return model, load(settings, model)


def open_sink(
    lake: Lake, settings: ProcessorSettings, tweets: topic.Topic, acceptance: Acceptance
) -> tuple[LakeSink, str]:
    """The sink with its window of ids, and the offsets to read from.

    Raises:
        UserError: the topic or its offsets are not what the table was written from, and that is not accepted.
    """
    log = BrokersLog(settings, tweets.name, acceptance.data_loss)
    sink = LakeSink(lake, tweets, timedelta(seconds=settings.deduplication_window_seconds), log)
    with closing(connection.connect(settings)) as admin:
        topic.require_broker_time(admin, tweets.name)
        held = topic.ranges(admin, tweets)
    is_another = ledger.is_another_topic(sink.scored_table, tweets)
    going_on = plan(
        tweets,
        held,
        sink.totals,
        another_topic=is_another,
        accept_new_topic=acceptance.new_topic,
        accept_data_loss=acceptance.data_loss,
        accepted_at=ledger.accepted_at(sink.scored_table, tweets),
    )
    sink.resume(going_on)
    if is_another:
        # Later ones would be there twice.
        until = datetime.now(UTC) + timedelta(seconds=settings.deduplication_window_seconds)
        logger.warning(
            "a re-created topic is read from its beginning; tweets that the table has are dropped for as long as they are remembered",
            topic=tweets.name,
            remembered=sink.remembered,
            until=until.isoformat(timespec="seconds"),
        )
    return sink, source.starting_offsets(tweets, going_on.offsets)
