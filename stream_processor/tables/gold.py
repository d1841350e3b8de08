"""Gold: `sentiment_per_minute`, recomputed from the scored table for the minutes that changed.

The lake is the state here, too: the commit that replaces some minutes says, by an application transaction, which version of the scored
table it was made from, so at any time gold is what the scored table was at that version.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import orjson
from deltalake import DeltaTable
from pyspark.sql import DataFrame, DataFrameWriter, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import retention, rollup
from sentistream.lake.schema import migrate
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import PER_MINUTE, RETIRED, SCORED
from sentistream.process.periodic import Periodic
from sentistream.settings import LOG_CHECKPOINT_COMMITS
from stream_processor.tables.changes import FOLLOW_SECONDS, Touched, TouchedMinutes
from stream_processor.tables.per_minute import Span, per_minute, rows_within, spans, within

RECORD_SECONDS = 1800.0
"""A version that touched no minute is recorded after so long at the latest: files that it has replaced are deleted after two hours."""


@dataclass(frozen=True)
class Update:
    """What one update of gold recomputed."""

    version: int
    """The scored table's version that gold now is made from."""
    minutes: int | None
    """How many minutes were touched; None where all of gold was recomputed."""


def recorded_version(gold: DeltaTable, silver: DeltaTable) -> int | None:
    """The version of the scored table that gold was made from; None where it was never made from this one."""
    return gold.transaction_version(_app_id(silver))


class Gold:
    """Keeps gold up to date; the caller holds the lock of the tables kept beside the stream."""

    def __init__(self, spark: SparkSession, lake: Lake) -> None:
        self._spark = spark
        self._lake = lake
        self._app_id = ""
        self._recorded = -1
        self._committed_at = -RECORD_SECONDS
        self._touched: TouchedMinutes | None = None
        self._follower: Periodic | None = None
        create_by_spark(spark, lake, (PER_MINUTE,))
        migrate.bring_up(lake, (PER_MINUTE,), spark)

    def update(self) -> Update | None:
        """Recompute what has changed since the last update, in one commit; None where nothing has.

        Raises:
            UserError: the scored table is older than what gold was made from, or another program changed it.
        """
        touched = self._opened()
        if touched is None:
            return None
        touched.read_on()
        pending = touched.pending()
        if pending.minutes is None:
            self._replace(None, pending.version)
        elif pending.minutes:
            self._replace(spans(pending.minutes), pending.version)
        elif self._is_to_be_recorded(pending.version):
            self._record(pending.version)
        touched.settle(pending)
        return None if _is_nothing(pending) else Update(pending.version, _count(pending))

    def finish(self) -> None:
        """End the thread that follows the log."""
        if self._follower is not None:
            self._follower.finish()

    def _opened(self) -> TouchedMinutes | None:
        """The touched minutes, from where gold was left; None as long as there is no scored table."""
        if self._touched is None and (silver := self._lake.open(SCORED)) is not None:
            recorded = recorded_version(self._lake.require(PER_MINUTE), silver)
            if recorded is not None and recorded > silver.version():
                raise UserError(
                    f"{silver.table_uri} is at version {silver.version()}, and gold was made from version {recorded}: it came back "
                    f"from a backup. Delete {self._lake.location(PER_MINUTE)}; it is recomputed from what is there."
                )
            self._app_id = _app_id(silver)
            self._recorded = -1 if recorded is None else recorded
            self._touched = TouchedMinutes(silver, recorded, partial(self._lake.refresh, SCORED))
            self._follower = Periodic(
                "log follower",
                self._touched.read_on,
                FOLLOW_SECONDS,
                failing="the scored table's log can't be read, trying again",
            )
            self._follower.start()
        return self._touched

    def _replace(self, covered: Sequence[Span] | None, version: int) -> None:
        """Replace the rows of some minutes, all where none are named, by what the scored table had until a version."""
        scored = self._spark.read.format("delta").option("versionAsOf", version).load(self._lake.location(SCORED))
        changed = scored if covered is None else scored.where(within("created_at", covered))
        retired = self._retired(version)
        if retired is not None and covered is not None:
            retired = retired.where(within("window_start", covered))
        made = per_minute(changed, retired)
        first = retention.first_day(self._lake.require(PER_MINUTE))
        if first is not None:
            made = made.where(F.col("window_date") >= F.lit(first))
        # One file a day and update: the minutes of a day are few.
        writer = made.repartition("window_date").write.format("delta").mode("overwrite")
        if covered is not None:
            writer = writer.option("replaceWhere", rows_within(covered))
        self._commit(writer, version)

    def _retired(self, version: int) -> DataFrame | None:
        """What had been dropped from the scored table by a version; None where nothing had."""
        retired = self._lake.open(RETIRED)
        scored = self._lake.open_version(SCORED, version) if retired is not None else None
        retirements = rollup.in_force(retired, scored) if scored is not None else []
        if not retirements:
            return None
        rows = self._spark.read.format("delta").load(self._lake.location(RETIRED))
        return rows.where(F.col("retirement").isin(retirements))

    def _is_to_be_recorded(self, version: int) -> bool:
        """Long before the recorded version leaves the log, or its files the disk."""
        seconds = time.monotonic() - self._committed_at
        moved = version - self._recorded
        return moved >= LOG_CHECKPOINT_COMMITS or (moved > 0 and seconds >= RECORD_SECONDS)

    def _record(self, version: int) -> None:
        """Commit the version alone: compactions and rejects move it too, and the log is kept short."""
        empty = self._spark.read.format("delta").load(self._lake.location(PER_MINUTE)).limit(0)
        self._commit(empty.write.format("delta").mode("append"), version)

    def _commit(self, writer: DataFrameWriter, version: int) -> None:
        metadata = orjson.dumps({"silver_version": version}).decode()
        writer = writer.option("txnAppId", self._app_id).option("txnVersion", str(version))
        writer.option("userMetadata", metadata).save(self._lake.location(PER_MINUTE))
        self._recorded = version
        self._committed_at = time.monotonic()


def _app_id(silver: DeltaTable) -> str:
    return f"{SCORED}/{silver.metadata().id}"


def _is_nothing(pending: Touched) -> bool:
    return pending.minutes is not None and not pending.minutes


def _count(pending: Touched) -> int | None:
    return None if pending.minutes is None else len(pending.minutes)
