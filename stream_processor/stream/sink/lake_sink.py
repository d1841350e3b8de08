"""The sink: one scored Arrow table → one commit to each table, by delta-rs, exactly once.

The rejected table commits first and only when it has rows to add; the scored table is the authority and commits last
and always. A row whose offset is not beyond its table's transaction is already there.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from sentistream import tweet_form
from sentistream.errors import UserError
from sentistream.kafka.reading.gaps import Span
from sentistream.kafka.topic import Topic
from sentistream.lake.conflicts import OvertakenError
from sentistream.lake.erasure.forgotten import NOTHING, Forgotten
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from sentistream.tweet_form import fingerprint
from stream_processor.offsets import ledger, missing
from stream_processor.offsets.ledger import Tally
from stream_processor.offsets.missing import Judge, Missing
from stream_processor.offsets.resume import Resume
from stream_processor.stream.counts import beyond, by_partition, with_missing
from stream_processor.stream.deduplication.earlier_texts import look_up
from stream_processor.stream.deduplication.judged import judged
from stream_processor.stream.deduplication.recent_ids import RecentIds
from stream_processor.stream.sink.commit import another_writer, append
from stream_processor.stream.sink.dead_letters import dead_letters
from stream_processor.stream.sink.rejected_table import RejectedTable
from stream_processor.stream.succession import served_versions
from stream_processor.stream.succession.served_versions import Served

FRESH_SECONDS = 5.0
"""A handle that committed within this time has missed less of the log than is kept."""
DEFAULT_WINDOW = timedelta(hours=1)


@dataclass(frozen=True)
class Committed:
    """What one batch added, and the totals it brought the lake to."""

    scored: int
    rejected: int
    duplicates: int
    totals: Mapping[int, Tally]
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why records were rejected, and how many for each reason."""
    kafka_times: pa.ChunkedArray | None = None
    """When each record that was new had come to the broker; None where none was."""


class LakeSink:
    """Appends batches to the two tables of one lake, from one topic.

    Raises:
        UserError: the tables are missing, or another writer commits to them.
    """

    def __init__(
        self, lake: Lake, topic: Topic, window: timedelta = DEFAULT_WINDOW, judge: Judge | None = None
    ) -> None:
        """Open the tables.

        Args:
            lake: where they are.
            topic: whose records come.
            window: for how long an id is remembered.
            judge: tells what offsets without a record are; without one, they are lost.
        """
        self._lake = lake
        self._topic = topic
        self._scored = lake.require(SCORED)
        self._judge = judge or self._all_lost
        self._totals = ledger.tallies(self._scored, topic)
        self._accepted_loss: Mapping[int, int] = {}
        self._accepted_at: datetime | None = None
        self._recent = RecentIds(window)
        self._rejected = RejectedTable(lake, self._scored, topic)
        self._committed_at = time.monotonic()
        self._forgotten = NOTHING
        self._appending = threading.Lock()
        self._served: Served | None = None

    @property
    def scored_table(self) -> DeltaTable:
        """The scored table, as of the last commit."""
        return self._scored

    @property
    def topic(self) -> Topic:
        """Where the rows come from, with the partitions that were seen of it."""
        return self._topic

    @property
    def totals(self) -> Mapping[int, Tally]:
        """The totals of each partition, as committed."""
        return dict(self._totals)

    @property
    def committed(self) -> dict[int, int]:
        """The last offset of each partition that the scored table holds: a start resumes after it."""
        return {number: tally.last for number, tally in self._totals.items()}

    @property
    def remembered(self) -> int:
        """How many tweet ids the window of duplicates holds."""
        return len(self._recent)

    def resume(self, plan: Resume) -> None:
        """Prepare for the records to come: read the window of ids from the scored table itself."""
        self._accepted_loss = plan.accepted_loss
        self._accepted_at = plan.accepted_at
        self._recent = RecentIds.rebuild(self._scored, self._recent.window, plan.earliest, plan.accepted_at)
        # The kernel is loaded here and not in the first batch.
        fingerprint.of(tweet_form.normal(pa.array([""])))

    def forget(self, forgotten: Forgotten) -> None:
        """Drop forgotten tweets from now on; safe in any thread, and in force when it returns."""
        with self._appending:
            self._forgotten = forgotten

    def append(self, batch: pa.Table, served: Served | None = None) -> Committed:
        """Append one batch: columns of both tables, `reason` null for a tweet.

        Args:
            batch: the rows.
            served: what the commit records of the version that scored them; None is nothing.

        Raises:
            UserError: the batch leaves a gap after what the table holds, or another writer was quicker.
            UnfitError: another version has served under the name and number of this one.
        """
        with self._appending:
            return self._append(batch, served)

    def _append(self, batch: pa.Table, served: Served | None) -> Committed:
        new = beyond(batch, self.committed)
        if not new.num_rows:
            return Committed(0, 0, 0, self.totals)
        self._refresh()
        forgotten = self._forgotten
        verdict = judged(new, forgotten, self._rejected.ahead, self._recent, partial(look_up, self._scored))
        counted = with_missing(by_partition(verdict.rows), verdict.rows, self._following(), self._judge)
        # Partitions may have been added to the topic since the start.
        self._topic = self._topic.with_partitions(counted)
        totals = {**self._totals, **{number: self._continued(number, tally) for number, tally in counted.items()}}
        _require_balance(totals)
        rejected, scored = dead_letters(verdict.rows, forgotten), verdict.new
        if rejected.num_rows:
            self._rejected.append(rejected, {number: tally.last for number, tally in counted.items()}, self._topic)
        self._commit_scored(scored, {number: totals[number] for number in counted}, counted, totals, served)
        self._served = served
        # An id enters the window only now: one whose commit failed must come again.
        self._totals = totals
        self._accepted_loss = {n: lost for n, lost in self._accepted_loss.items() if n not in counted}
        self._rejected.counted(self.committed)
        bounds = pc.min_max(new["kafka_timestamp"]).as_py()
        self._recent.add(scored["tweet_id"].to_numpy(), verdict.fingerprints, bounds["min"], bounds["max"])
        self._recent.forget_before(bounds["min"])
        duplicates = sum(tally.duplicates for tally in counted.values())
        reasons = {each["values"]: each["counts"] for each in pc.value_counts(rejected["reason"]).to_pylist()}
        return Committed(
            scored.num_rows, rejected.num_rows, duplicates, self.totals, reasons, verdict.rows["kafka_timestamp"]
        )

    def _refresh(self) -> None:
        """Bring a handle that was idle up to date: of a log that others write to, the versions since may be gone soon."""
        if time.monotonic() - self._committed_at > FRESH_SECONDS:
            self._lake.refresh(SCORED, self._scored)
            # Opened again, the table no longer tells delta-rs that somebody else has written our partitions.
            if ledger.committed_offsets(self._scored, self._topic) != self.committed:
                raise another_writer(self._scored)
        self._committed_at = time.monotonic()

    def _following(self) -> dict[int, int]:
        """The offset that comes next of each partition, behind what was accepted to be lost."""
        return {number: tally.last + 1 + self._accepted_loss.get(number, 0) for number, tally in self._totals.items()}

    def _all_lost(self, partition: int, spans: Sequence[Span]) -> Missing:
        raise missing.lost(self._topic.name, partition, spans)

    def _continued(self, partition: int, batch: Tally) -> Tally:
        before = self._totals.get(partition)
        return before.plus(batch, self._accepted_loss.get(partition, 0)) if before else batch

    def _commit_scored(
        self,
        rows: pa.Table,
        changed: Mapping[int, Tally],
        counted: Mapping[int, Tally],
        totals: Mapping[int, Tally],
        served: Served | None,
    ) -> None:
        transactions = ledger.offset_transactions(self._topic, {n: tally.last for n, tally in changed.items()})
        transactions += ledger.total_transactions(self._topic, changed)
        # Once a version: each look at the table's transactions takes a millisecond.
        if served is not None and served != self._served:
            transactions += served.transactions(self._scored)
        if self._accepted_at is not None:
            transactions.append(ledger.acceptance_transaction(self._topic, self._accepted_at))
        metadata = {"batch": ledger.sum_of(counted.values()), "total": ledger.sum_of(totals.values())}

        def require_ours() -> None:
            if ledger.committed_offsets(self._scored, self._topic) != self.committed:
                raise OvertakenError("its offsets have moved on")
            # A rescoring may have brought another version of the same number into the table meanwhile.
            if served is not None:
                served_versions.require(self._scored, served.model)

        append(self._lake, SCORED, self._scored, rows, transactions, metadata, require_ours)


def _require_balance(totals: Mapping[int, Tally]) -> None:
    sums = ledger.sum_of(totals.values())
    if sums["unaccounted"]:
        raise UserError(
            f"{sums['unaccounted']} offsets of a batch are not accounted for, nothing of it was written: please report this."
        )
