"""The process beside the stream: copies bronze, recomputes gold, counts model health, compacts these and applies erasure, each at its own interval."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType

import structlog

from sentistream.errors import UserError
from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.raw import forget_raw
from sentistream.lake.erasure.requests import Requests
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, log_retention, minutes_retention, raw_retention, retention
from sentistream.lake.schema import migrate
from sentistream.lake.tables import MODEL_HEALTH, PER_MINUTE, RAW, Table
from sentistream.process import collector
from sentistream.settings import SparkSettings
from stream_processor.offsets.resume import Acceptance
from stream_processor.settings import TablesSettings
from stream_processor.tables.bronze import Bronze
from stream_processor.tables.duties import Duty, Keeper
from stream_processor.tables.gold import Gold
from stream_processor.tables.health import Health
from stream_processor.tables.watched import LOOK_SECONDS, Watched

log = structlog.get_logger()
BROKER_WAIT_SECONDS = 2.0
REQUESTS_SECONDS = 2.0
"""How often it is asked whether something is to be forgotten."""


def keep(lake: Lake, settings: TablesSettings, once: bool, accepted: Acceptance) -> None:
    """Keep the tables until told to stop; with `once`, bring them up to date with what there is now. The caller holds their lock.

    Raises:
        UserError: all are switched off, or one can't go on.
    """
    if not (settings.bronze_seconds or settings.gold_seconds or settings.health_seconds):
        raise UserError("BRONZE_SECONDS, GOLD_SECONDS and HEALTH_SECONDS are all 0: there is nothing to keep.", 2)
    migrate.require_not_newer(lake)
    os.nice(settings.tables_niceness)
    with ExitStack() as stack:
        forgetting = Forgetting(lake, settings)
        # The first of all: what is copied after it comes without what is forgotten.
        of_bronze = [Duty("forgetting", REQUESTS_SECONDS, forgetting.work)]
        of_gold: list[Duty] = []
        of_health: list[Duty] = []
        bronze: Bronze | None = None
        gold: Gold | None = None
        watched: Watched | None = None
        if settings.bronze_seconds:
            # It says so at once where a broker is away, and what is to be forgotten does not wait for it.
            patient = settings if once else settings.model_copy(update={"kafka_wait_seconds": BROKER_WAIT_SECONDS})
            bronze = Bronze(patient, lake, accepted)
            stack.callback(bronze.finish)
            forgetting.tell(bronze.forget)
            of_bronze.append(Duty("bronze", settings.bronze_seconds, bronze.update))
        if settings.gold_seconds:
            gold = Gold(lake, settings.log_kept_commits)
            stack.callback(gold.finish)
            of_gold.append(Duty("gold", settings.gold_seconds, gold.update))
        if settings.health_seconds:
            of_health.append(
                Duty("model health", settings.health_seconds, Health(lake, settings.log_kept_commits).update)
            )
        if once:
            for duty in (*of_bronze, *of_gold, *of_health):
                log.info("done", duty=duty.name, result=duty.work())
            return
        if settings.tables_upkeep_seconds and settings.bronze_seconds:
            of_bronze.append(_upkeep(lake, RAW, settings, raw_retention.drop_raw, settings.bronze_kept_days))
        if settings.tables_upkeep_seconds and settings.gold_seconds:
            of_gold.append(_upkeep(lake, PER_MINUTE, settings, minutes_retention.drop_minutes, settings.gold_kept_days))
        if settings.tables_upkeep_seconds and settings.health_seconds:
            of_health.append(_upkeep(lake, MODEL_HEALTH, settings, lambda *_: 0, 0))
        if settings.watch_series and settings.gold_seconds:
            watched = Watched(lake, settings.watch_series)
            # Of gold: after it was brought up to date.
            of_gold.append(Duty("watched", LOOK_SECONDS, watched.look))
        lanes = [lane for lane in (of_bronze, of_gold, of_health) if lane]
        if settings.metrics_port:
            # Where nobody asks, nothing of it is imported.
            from sentistream.metrics import served
            from stream_processor.tables.metrics import TablesMetrics

            served.serve(settings, TablesMetrics([duty for lane in lanes for duty in lane], bronze, gold, watched))
        keeper = Keeper(lanes, settings.heartbeat_file)

        def on_signal(number: int, _frame: FrameType | None) -> None:
            log.info("stopping after what is being done", signal=signal.Signals(number).name)
            keeper.stop()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        collector.settle()
        log.info("keeping", lake=lake.uri, duties=[duty.name for lane in lanes for duty in lane])
        keeper.run()
    log.info("stopped")


def remake_gold(lake: Lake, settings: TablesSettings) -> None:
    """Recompute all of gold by a Spark session of this process; the caller holds the lock of the tables kept beside the stream.

    Raises:
        UserError: gold can't be made from what is there, or Spark does not start.
    """
    # Of all that `tables` does, only this needs Spark.
    from sentistream import object_storage, spark
    from stream_processor.tables.by_spark import BySpark

    migrate.require_not_newer(lake)
    gold = Gold(lake, settings.log_kept_commits)
    s3 = object_storage.settings_for(lake.uri)
    try:
        with spark.running(SparkSettings.from_options(), "sentistream tables", s3=s3) as session:
            log.info("done", duty="gold", result=gold.remake(BySpark(session, lake).count))
    finally:
        gold.finish()


class Forgetting:
    """Applies erasure requests to bronze, and tells the copying of new records about them."""

    def __init__(self, lake: Lake, settings: TablesSettings) -> None:
        self._lake = lake
        self._requests = Requests(lake, settings)
        self._told: Callable[[Forgotten], None] = lambda _: None

    def tell(self, who: Callable[[Forgotten], None]) -> None:
        """Have somebody told of each request, before it is applied."""
        self._told = who

    def work(self) -> int | None:
        """Apply the requests that are new; how many records were emptied, None where nothing is new."""
        forgotten = self._requests.read()
        self._told(forgotten)
        return forget_raw(self._lake, forgotten) if forgotten else None


def _upkeep(lake: Lake, table: Table, settings: TablesSettings, drop: Callable[..., int], kept_days: int) -> Duty:
    """Drop a table's days past their retention, delete replaced files, shorten its log and merge its small files."""

    def work() -> None:
        # What makes room comes first.
        drop(lake, retention.first_kept(kept_days))
        handle = lake.require(table)
        compaction.clean(handle, log_retention.versions(table, settings.log_kept_commits))
        compaction.compact(handle)

    first = time.monotonic() + settings.tables_upkeep_seconds
    return Duty(f"upkeep of {table.name}", settings.tables_upkeep_seconds, work, due=first)
