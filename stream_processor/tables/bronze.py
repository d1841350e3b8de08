"""Bronze: `raw_tweets`, every Kafka record as it came, copied beside the stream that scores.

The lake is the state here, too. Each commit holds records of one Kafka partition and says, by the application transaction
`<topic>/<topic id>/<partition>`, which offset is the last: rows and offset are there together or not at all, and no checkpoint is needed. Its `…/first`
is the offset from which on the table is complete, but for the holes that `…/holes` counts.
"""

from collections.abc import Iterator
from contextlib import closing

import orjson
import pyarrow.dataset as ds
import structlog
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from kafka import KafkaAdminClient, TopicPartition

from sentistream.kafka import connection, topic
from sentistream.kafka.reading import gaps
from sentistream.kafka.reading.consumer import OffsetsGoneError
from sentistream.kafka.reading.open_transactions import OpenTransactions
from sentistream.kafka.reading.reader import Piece, Reader
from sentistream.kafka.topic import Topic
from sentistream.lake import holes
from sentistream.lake.erasure.forgotten import NOTHING, Forgotten
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create, migrate
from sentistream.lake.tables import RAW
from sentistream.settings import KafkaSettings
from stream_processor.offsets import identity, ledger, missing
from stream_processor.offsets.ledger import Tally
from stream_processor.offsets.resume import Acceptance, plan
from stream_processor.tables.raw_rows import raw_rows

log = structlog.get_logger()


def complete_from(table: DeltaTable, tweets: Topic) -> dict[int, int]:
    """The offset of each partition from which on bronze holds every record, up to its `ledger.committed_offsets`."""
    first = {number: table.transaction_version(_first(tweets, number)) for number in tweets.partitions}
    return {number: offset for number, offset in first.items() if offset is not None}


class Bronze:
    """Copies one topic; the caller holds the lock of the tables kept beside the stream."""

    def __init__(self, settings: KafkaSettings, lake: Lake, accepted: Acceptance | None = None) -> None:
        self._settings = settings
        self._lake = lake
        self._accepted = accepted or Acceptance()
        self._admin: KafkaAdminClient | None = None
        self._reader: Reader | None = None
        self._known: Topic | None = None
        self._open_transactions = OpenTransactions()
        self._forgotten = NOTHING
        self.copied = 0
        """Records that were copied since the start."""
        migrate.require_not_newer(lake, (RAW,))
        create.create(lake, RAW)
        migrate.bring_up(lake, (RAW,))
        self._table = lake.require(RAW)

    def update(self) -> int:
        """Copy what the topic holds beyond the table; the number of records.

        Raises:
            UserError: the topic was re-created or has lost records, and that is not accepted.
        """
        try:
            return self._update()
        except OffsetsGoneError:
            # What stops a start says more, and what was accepted goes on.
            self.finish()
            return self._update()
        except Exception:
            # Whatever it was, the next update begins with connections of its own.
            self.finish()
            raise

    def forget(self, forgotten: Forgotten) -> None:
        """Copy records from now on without what is forgotten."""
        self._forgotten = forgotten

    def finish(self) -> None:
        """Close the connections to the broker."""
        admin, reader = self._admin, self._reader
        self._admin = self._reader = None
        if reader is not None:
            reader.close()
        if admin is not None:
            admin.close()

    def _update(self) -> int:
        admin, reader, known = self._connected()
        tweets, outstanding = self._outstanding(admin, known)
        copied = 0
        for number, start, end in outstanding:
            with closing(reader.read(tweets.name, number, start, end)) as pieces:
                for piece in pieces:
                    # Asked after it was read and before it is committed: it was the same topic all the while.
                    identity.require_same(topic.describe(admin, tweets.name), tweets)
                    copied += self._copy(admin, tweets, number, piece)
        return copied

    def _connected(self) -> tuple[KafkaAdminClient, Reader, Topic]:
        if self._admin is None or self._known is None:
            tweets = topic.ensure(self._settings)
            self._admin = connection.connect(self._settings)
            topic.require_broker_time(self._admin, tweets.name)
            # What was accepted holds for the topic that the start has found.
            self._known = self._known or tweets
        self._reader = self._reader or Reader(self._settings)
        return self._admin, self._reader, self._known

    def _outstanding(self, admin: KafkaAdminClient, known: Topic) -> tuple[Topic, Iterator[tuple[int, int, int]]]:
        """The topic; and the partitions that have more, with the first offset and the one after the last to read."""
        described = identity.require_same(topic.describe(admin, known.name), known)
        # In this order: what is stable is never beyond the end.
        stable = topic.stable_ends(admin, described)
        held = topic.ranges(admin, described)
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
        self._open_transactions.look(admin, described, stable, held)
        ranges = ((number, start, stable[number]) for number, start in going_on.offsets.items())
        return described, (each for each in ranges if each[1] < each[2])

    def _copy(self, admin: KafkaAdminClient, tweets: Topic, number: int, piece: Piece) -> int:
        """Commit a piece, with the offset that it reaches and the holes in it; how many records the table had not yet."""
        app_id = ledger.app_id(tweets, number)
        last = self._table.transaction_version(app_id)
        if last is not None and last >= piece.end - 1:
            return 0
        spans = gaps.between(piece.start, piece.end, piece.records["offset"].to_numpy())
        lost = gaps.unexplained(admin, TopicPartition(tweets.name, number), spans)
        if lost and not self._accepted.data_loss:
            raise missing.lost(tweets.name, number, lost)
        begins = self._table.transaction_version(_first(tweets, number))
        counted = holes.of(self._table, app_id)
        if begins is None or last != piece.start - 1:
            begins, counted = piece.start, holes.NONE
        if lost:
            begins, counted = lost[-1][1], holes.NONE
            spans = [span for span in spans if span[0] >= begins]
        counted = counted.plus(spans)
        rows = int(piece.records.num_rows)
        told: dict[str, object] = {"partition": number, "first": piece.start, "records": rows}
        if spans:
            where = gaps.in_words(spans)
            told |= {"holes": piece.holes, "where": where}
            log.info("offsets hold no record", partition=number, holes=piece.holes, where=where)
        transactions = [Transaction(app_id, piece.end - 1), Transaction(_first(tweets, number), begins)]
        self._commit(piece, [*transactions, *holes.transactions(counted, app_id)], told)
        self.copied += rows
        log.debug("copied", partition=number, first=piece.start, records=rows)
        return rows

    def _commit(self, piece: Piece, transactions: list[Transaction], told: dict[str, object]) -> None:
        rows = raw_rows(piece.records, self._table.schema(), self._forgotten)
        self._lake.require_room(rows.nbytes)
        properties = CommitProperties(
            custom_metadata={"userMetadata": orjson.dumps(told).decode()}, app_transactions=transactions
        )
        if not rows.num_rows:
            schema, parted = self._table.schema(), self._table.metadata().partition_columns
            self._table.create_write_transaction([], "append", schema, parted, commit_properties=properties)
            self._table.update_incremental()
            return
        write_deltalake(self._table, rows, mode="append", commit_properties=properties)

    def _has_rows_of(self, tweets: Topic) -> bool:
        """True when a topic of this name was copied before."""
        rows = self._table.to_pyarrow_dataset().filter(ds.field("topic") == tweets.name)
        return bool(rows.head(1, columns=["offset"]).num_rows)


def _first(tweets: Topic, number: int) -> str:
    return f"{ledger.app_id(tweets, number)}/first"
