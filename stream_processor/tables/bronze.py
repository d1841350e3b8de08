"""Bronze: `raw_tweets`, every Kafka record as it came, copied beside the stream that scores.

The lake is the state here, too. Each commit holds records of one Kafka partition and says, by the application transaction
`<topic>/<topic id>/<partition>`, which offset is the last: rows and offset are there together or not at all, Delta itself skips a repeated
commit, and no checkpoint is needed. Its `…/first` is the offset from which on the table is complete.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import orjson
import pyarrow.dataset as ds
import structlog
from deltalake import DeltaTable
from kafka import KafkaAdminClient
from pyspark import StorageLevel
from pyspark.sql import DataFrame, DataFrameWriter, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.topic import Topic
from sentistream.lake.erasure.forgotten import NOTHING, Forgotten
from sentistream.lake.erasure.redaction import redacted_records
from sentistream.lake.lake import Lake
from sentistream.lake.schema import migrate
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import RAW
from sentistream.settings import KafkaSettings
from stream_processor.offsets import identity, ledger, source
from stream_processor.offsets.ledger import Tally
from stream_processor.offsets.resume import Acceptance, plan

log = structlog.get_logger()
RECORDS_PER_COMMIT = 250_000
"""A backlog is copied in commits of at most so many records; a quarter of a minute of the busiest stream measured, and some 50 MB."""
POLL_RECORDS = 100
EPOCH, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)


def raw(records: DataFrame) -> DataFrame:
    """Columns of `source.read_range` → the columns of `bronze/raw_tweets`."""
    # As for the scored tweets: a foreign producer's Kafka time may be anything.
    kafka_timestamp = F.greatest(F.least(F.col("timestamp"), F.lit(LATEST)), F.lit(EPOCH))
    headers = F.map_from_entries("headers")
    return records.select(
        "topic",
        "partition",
        "offset",
        kafka_timestamp.alias("kafka_timestamp"),
        "key",
        "value",
        F.coalesce(headers, F.create_map().cast("map<string,binary>")).alias("headers"),
        F.current_timestamp().alias("ingested_at"),
        F.to_date(kafka_timestamp).alias("ingest_date"),
    )


def complete_from(table: DeltaTable, tweets: Topic) -> dict[int, int]:
    """The offset of each partition from which on bronze holds every record, up to its `ledger.committed_offsets`."""
    first = {number: table.transaction_version(_first(tweets, number)) for number in tweets.partitions}
    return {number: offset for number, offset in first.items() if offset is not None}


class Bronze:
    """Copies one topic; the caller holds the lock of the tables kept beside the stream."""

    def __init__(
        self,
        spark: SparkSession,
        settings: KafkaSettings,
        lake: Lake,
        accepted: Acceptance | None = None,
    ) -> None:
        self._spark = spark
        self._settings = settings
        self._lake = lake
        self._accepted = accepted or Acceptance()
        self._admin: KafkaAdminClient | None = None
        self._known: Topic | None = None
        self._forgotten = NOTHING
        create_by_spark(spark, lake, (RAW,))
        migrate.bring_up(lake, (RAW,), spark)
        self._table = lake.require(RAW)

    def update(self) -> int:
        """Copy what the topic holds beyond the table; the number of records.

        Raises:
            UserError: the topic was re-created or has lost records, and that is not accepted; or offsets hold no record.
        """
        try:
            return sum(self._copy(*each) for each in self._outstanding())
        except Exception:
            # Whatever it was, the next update begins with a connection of its own.
            self.finish()
            raise

    def forget(self, forgotten: Forgotten) -> None:
        """Copy records from now on without what is forgotten."""
        self._forgotten = forgotten

    def finish(self) -> None:
        """Close the connection to the broker."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    def _outstanding(self) -> Iterator[tuple[Topic, int, int, int]]:
        """Topic, partition, first offset and the one after the last, of each commit to come."""
        if self._admin is None or self._known is None:
            tweets = topic.ensure(self._settings)
            self._admin = connection.connect(self._settings)
            topic.require_broker_time(self._admin, tweets.name)
            # What was accepted holds for the topic that the start has found.
            self._known = self._known or tweets
        described = identity.require_same(topic.describe(self._admin, self._settings.kafka_topic), self._known)
        held = topic.ranges(self._admin, described)
        self._lake.refresh(RAW, self._table)
        last, first = ledger.committed_offsets(self._table, described), complete_from(self._table, described)
        going_on = plan(
            described,
            held,
            {number: Tally(first[number], offset) for number, offset in last.items()},
            another_topic=not first and self._has_rows_of(described),
            accept_new_topic=self._accepted.new_topic,
            accept_data_loss=self._accepted.data_loss,
        )
        for number, start in going_on.offsets.items():
            for begin in range(start, held[number].end, RECORDS_PER_COMMIT):
                yield described, number, begin, min(begin + RECORDS_PER_COMMIT, held[number].end)

    def _copy(self, tweets: Topic, number: int, start: int, end: int) -> int:
        records = raw(source.read_range(self._spark, self._settings, {number: (start, end)}, POLL_RECORDS))
        if self._forgotten:
            records = records.mapInArrow(partial(redacted_records, forgotten=self._forgotten), records.schema)
        # Read whole, and kept on the disk, before anything is committed: only then it can be asked whether it was the same topic all the while.
        records = records.persist(StorageLevel.DISK_ONLY)
        try:
            read, first = records.agg(F.count("*"), F.min("offset")).collect()[0]
            identity.require_same(topic.describe(self._admin, tweets.name), tweets)
            going_on = self._table.transaction_version(ledger.app_id(tweets, number)) == start - 1
            if not going_on and not read:
                return 0
            # Where the table begins, a compacted topic may begin with holes; further on they would be losses.
            begin = start if going_on else first
            if read != end - begin:
                raise UserError(
                    f"Of {end - begin} offsets of {tweets.name} partition {number} from {begin} on only {read} hold a record, nothing of them "
                    "was copied: the topic is compacted or written in transactions, which the contract of the topic rules out "
                    "(docs/contracts.md)."
                )
            if not going_on and self._table.transaction_version(_first(tweets, number)) != begin:
                self._mark_first(tweets, number, begin)
            return self._added(records, tweets, number, begin, end)
        finally:
            records.unpersist()

    def _added(self, records: DataFrame, tweets: Topic, number: int, start: int, end: int) -> int:
        """Commit the records from one offset up to another; how many the table had not yet."""
        before = self._table.version()
        self._commit(records.write, ledger.app_id(tweets, number), end - 1, {"partition": number, "first": start})
        self._table.update_incremental()
        if self._table.version() == before:
            # The table had them already: Delta skips a transaction that is not beyond the last.
            return 0
        log.debug("copied", partition=number, first=start, records=end - start)
        return end - start

    def _mark_first(self, tweets: Topic, number: int, offset: int) -> None:
        """Say from where on a partition is complete: at its beginning, and where a loss was accepted."""
        empty = self._spark.read.format("delta").load(self._lake.location(RAW)).limit(0)
        self._commit(empty.write, _first(tweets, number), offset, {"partition": number, "complete_from": offset})

    def _commit(self, writer: DataFrameWriter, app_id: str, version: int, metadata: dict[str, int]) -> None:
        writer = writer.format("delta").mode("append").option("userMetadata", orjson.dumps(metadata).decode())
        writer.option("txnAppId", app_id).option("txnVersion", str(version)).save(self._lake.location(RAW))

    def _has_rows_of(self, tweets: Topic) -> bool:
        """True when a topic of this name was copied before."""
        rows = self._table.to_pyarrow_dataset().filter(ds.field("topic") == tweets.name)
        return bool(rows.head(1, columns=["offset"]).num_rows)


def _first(tweets: Topic, number: int) -> str:
    return f"{ledger.app_id(tweets, number)}/first"
