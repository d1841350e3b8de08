"""The process beside the stream: copies bronze, recomputes gold, compacts both and applies erasure, each at its own interval."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import FrameType

import structlog
from pyspark.sql import SparkSession

from sentistream import jvm, object_storage, spark
from sentistream.errors import UserError
from sentistream.kafka.connection import NoBrokerError
from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.raw import forget_raw
from sentistream.lake.erasure.requests import Requests
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import raw_retention, retention
from sentistream.lake.maintenance.compaction import FULL_FILE
from sentistream.lake.schema import migrate
from sentistream.lake.tables import FILES_KEPT_HOURS, PER_MINUTE, RAW, Table
from sentistream.process import collector, disk
from sentistream.process.heartbeat import Heartbeat
from stream_processor.offsets.resume import Acceptance
from stream_processor.settings import TablesSettings
from stream_processor.tables import expiry
from stream_processor.tables.bronze import Bronze
from stream_processor.tables.gold import Gold

log = structlog.get_logger()
LOOK_SECONDS = 0.5
RETRY_SECONDS = 5.0
"""How long something that failed waits before it is tried again."""
BROKER_WAIT_SECONDS = 2.0
REQUESTS_SECONDS = 2.0
"""How often it is asked whether something is to be forgotten."""


@dataclass
class Duty:
    """A task that is repeated at an interval."""

    name: str
    seconds: float
    """From one beginning to the next; where it takes longer than half of that, it rests as long as it took."""
    work: Callable[[], object]
    due: float = field(default_factory=time.monotonic)
    failing: bool = False

    def do(self) -> None:
        """Do it once, and say when it is due again.

        Raises:
            UserError: it can't go on.
            Exception: Spark's JVM has ended; while it runs, anything else is logged, and tried again.
        """
        started = time.monotonic()
        try:
            done = self.work()
        except NoBrokerError as away:
            self._fail(away)
            return
        except UserError:
            raise
        except Exception as failure:  # whatever it was, a disk that is away for instance, it may be over the next time
            if jvm.how_it_ended() is not None:
                raise
            self._fail(failure)
            return
        took = time.monotonic() - started
        self.failing = False
        self.due = time.monotonic() + max(self.seconds - took, took)
        if done:
            log.info("done", duty=self.name, result=done, seconds=round(took, 1))

    def _fail(self, failure: Exception) -> None:
        self.failing = True
        self.due = time.monotonic() + RETRY_SECONDS
        log.warning("failed, trying again", duty=self.name, error=disk.told(failure))


class Keeper:
    """Does what is due, one after the other, so that Delta-Spark's commits never race."""

    def __init__(self, duties: list[Duty], heartbeat_file: str | None = None) -> None:
        self._duties = duties
        self._heartbeat = Heartbeat(heartbeat_file)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End after what is being done; safe in a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Work until told to stop.

        Raises:
            UserError: something can't go on; says why.
        """
        while not self._stopping.is_set():
            jvm.require_running()
            for duty in self._duties:
                if time.monotonic() >= duty.due and not self._stopping.is_set():
                    duty.do()
            if not any(duty.failing for duty in self._duties):
                self._heartbeat.beat()
            self._stopping.wait(LOOK_SECONDS)


def keep(lake: Lake, settings: TablesSettings, once: bool, accepted: Acceptance) -> None:
    """Keep both tables until told to stop; with `once`, bring them up to date with what there is now.

    Raises:
        UserError: both are switched off, or one can't go on.
    """
    if not (settings.bronze_seconds or settings.gold_seconds):
        raise UserError("BRONZE_SECONDS and GOLD_SECONDS are both 0: there is nothing to keep.", exit_code=2)
    migrate.require_not_newer(lake)
    os.nice(settings.tables_niceness)
    s3 = object_storage.settings_for(lake.uri)
    with ExitStack() as stack:
        session = stack.enter_context(spark.running(settings, "sentistream tables", spark.QUICK_COMPILER, s3=s3))
        session.conf.set(*spark.SMALL_ROW_GROUPS)
        forgetting = Forgetting(lake, settings)
        # The first of all: what is copied after it comes without what is forgotten.
        duties = [Duty("forgetting", REQUESTS_SECONDS, forgetting.work)]
        if settings.bronze_seconds:
            # Gold must not wait for a broker that is away.
            patient = settings if once else settings.model_copy(update={"kafka_wait_seconds": BROKER_WAIT_SECONDS})
            bronze = Bronze(patient, lake, accepted)
            stack.callback(bronze.finish)
            forgetting.tell(bronze.forget)
            duties.append(Duty("bronze", settings.bronze_seconds, bronze.update))
        if settings.gold_seconds:
            gold = Gold(session, lake)
            stack.callback(gold.finish)
            duties.append(Duty("gold", settings.gold_seconds, gold.update))
        if once:
            for duty in duties:
                log.info("done", duty=duty.name, result=duty.work())
            return
        if settings.tables_upkeep_seconds:
            duties.append(_upkeep(session, lake, settings))
        keeper = Keeper(duties, settings.heartbeat_file)

        def on_signal(number: int, _frame: FrameType | None) -> None:
            log.info("stopping after what is being done", signal=signal.Signals(number).name)
            keeper.stop()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        collector.settle()
        log.info("keeping", lake=lake.uri, duties=[duty.name for duty in duties])
        keeper.run()
    log.info("stopped")


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


def _upkeep(session: SparkSession, lake: Lake, settings: TablesSettings) -> Duty:
    kept = [
        table for table, seconds in ((RAW, settings.bronze_seconds), (PER_MINUTE, settings.gold_seconds)) if seconds
    ]

    def work() -> None:
        if settings.bronze_seconds:
            raw_retention.drop_raw(lake, retention.first_kept(settings.bronze_kept_days))
        if settings.gold_seconds:
            expiry.drop_minutes(session, lake, retention.first_kept(settings.gold_kept_days))
        for table in kept:
            merge_small_files(session, lake, table)

    first = time.monotonic() + settings.tables_upkeep_seconds
    return Duty("upkeep", settings.tables_upkeep_seconds, work, due=first)


def merge_small_files(session: SparkSession, lake: Lake, table: Table) -> None:
    """Merge the small files of a table that Delta-Spark commits to, and delete what is past its retention."""
    called = lake.sql_name(table)
    # One bin at a time: each holds a row group in memory.
    session.conf.set("spark.databricks.delta.optimize.maxThreads", "1")
    session.conf.set("spark.databricks.delta.optimize.maxFileSize", str(FULL_FILE))
    session.conf.set("spark.databricks.delta.optimize.minFileSize", str(FULL_FILE * 3 // 4))
    # VACUUM cuts its work into so many tasks however little it is: 10,000 by default, minutes for two folders.
    session.conf.set("spark.sql.sources.parallelPartitionDiscovery.parallelism", "4")
    # What makes room comes first.
    session.sql(f"VACUUM {called} RETAIN {FILES_KEPT_HOURS} HOURS").collect()
    session.sql(f"OPTIMIZE {called}").collect()
