"""Finishes a batch that has come to the driver: scores it, and commits it once the topic is known to be the same.

A thread of its own does so for one batch after the other, while Spark reads the next. Whatever fails ends it with one sentence, and no later batch is
committed. So it is where a model turns out unfit and none is at hand that could score the same records: another query reads them again.
"""

import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

import pyarrow as pa
import structlog

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said
from sentistream.process import disk
from sentistream.process.heartbeat import Heartbeat
from sentistream.process.retry import StoppedError
from sentistream.scoring.errors import UnfitError
from stream_processor.offsets import ledger
from stream_processor.offsets.identity import TopicIdentity
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.meter.batches import Meter
from stream_processor.stream.pieces import pieces
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.succession.served_versions import Served
from stream_processor.stream.succession.serving import Serving

log = structlog.get_logger()
BEFORE_A_ROW = " violated by value"
"""What delta-rs says of a constraint, then shows the row."""
DELTA = {"_internal", "deltalake"}
"""What delta-rs calls itself."""


def stamped(batch: pa.Table, now: datetime) -> pa.Table:
    """Add when the batch was scored."""
    column = pa.repeat(pa.scalar(now, pa.timestamp("us", tz="UTC")), batch.num_rows)
    return batch.append_column("scored_at", column).append_column("rejected_at", column)


def without_rows(failure: BaseException) -> str:
    """What an error says, without the rows that it may show: of delta-rs and the system what comes before them, of others only the kind."""
    is_shown = isinstance(failure, OSError) or type(failure).__module__.partition(".")[0] in DELTA
    return said(UserError(str(failure).partition(BEFORE_A_ROW)[0])) if is_shown else f"{type(failure).__name__}."


class Finisher:
    """Finishes one batch at a time.

    Args:
        settings: name the places that it writes to.
        serving: who scores.
        sink: where the rows go.
        identity: of the topic.
        heartbeat: beats at each commit.
        meter: counts what each batch took and brought.
        is_ending: whether nothing further is to be committed.
    """

    def __init__(
        self,
        settings: ProcessorSettings,
        serving: Serving,
        sink: LakeSink,
        identity: TopicIdentity,
        heartbeat: Heartbeat,
        meter: Meter,
        is_ending: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._serving = serving
        self._sink = sink
        self._identity = identity
        self._heartbeat = heartbeat
        self._meter = meter
        self._is_ending = is_ending
        self._thread = ThreadPoolExecutor(1, "finisher")
        self._unfinished: Future[None] | None = None
        self.failure: UserError | None = None
        """Why nothing more is committed."""
        self.fault: UnfitError | None = None
        """Why this batch is not: its records are to come again for another model, and whoever has found one takes this back."""

    @property
    def has_ended(self) -> bool:
        """True where no later batch may be committed, or not by this model."""
        return self.failure is not None or self.fault is not None

    @property
    def is_idle(self) -> bool:
        """True where every batch that came is committed."""
        return not self.has_ended and (self._unfinished is None or self._unfinished.done())

    def submit(self, batch: pa.Table, batch_id: int, asked: Future[None]) -> None:
        """`finish` on the finisher's own thread; the batch before must be finished."""
        self._unfinished = self._thread.submit(self.finish, batch, batch_id, asked)

    def join(self) -> None:
        """Wait for the batch before, and raise what it has raised."""
        if self._unfinished is not None:
            self._unfinished.result()

    def settle(self) -> None:
        """Wait for the batch before; what came of it, the sink knows."""
        if self._unfinished is not None:
            wait([self._unfinished])

    def close(self) -> None:
        """End the thread after the batch before."""
        self._thread.shutdown()

    def finish(self, batch: pa.Table, batch_id: int, asked: Future[None]) -> None:
        """Score a batch and commit it, in pieces where that takes long.

        Args:
            batch: as it was collected.
            batch_id: for the log.
            asked: the answer to whether the topic is the same, asked after the batch was read.
        """
        try:
            with self._meter.stage("batch"):
                self._finish_pieces(batch, batch_id, asked)
        except StoppedError:
            log.debug("left for the next start", batch=batch_id)
        except UnfitError as fault:
            log.debug("left for another model", batch=batch_id)
            self.fault = fault
        except BaseException as failure:  # a panic of delta-rs is no Exception
            self.failure = self._why_not(failure, batch_id)
            raise

    def _finish_pieces(self, batch: pa.Table, batch_id: int, asked: Future[None]) -> None:
        for number, piece in enumerate(pieces(batch, lambda: self._serving.placement.rows_at_once())):
            if number and self._is_ending():
                return
            started = time.monotonic()
            with self._meter.stage("score"):
                scored, version = self._serving.scored(piece)
            log.debug("scored", batch=batch_id, records=piece.num_rows, score_ms=milliseconds_since(started))
            self._identity.require(asked)
            self._append(scored, version, batch_id)

    def _why_not(self, failure: BaseException, batch_id: int) -> UserError:
        """Why a batch was not committed."""
        full = disk.refused(failure, self._settings.places)
        if full is None and isinstance(failure, UserError):
            return failure
        if full is None:
            # Without its words: delta-rs shows the rows that it refuses.
            where = traceback.format_tb(failure.__traceback__)
            log.error("batch failed", batch=batch_id, kind=type(failure).__name__, where="".join(where))
        return UserError(f"A batch failed, nothing of it counts: {full or without_rows(failure)}")

    def _append(self, scored: pa.Table, version: ModelVersion, batch_id: int) -> None:
        started = time.monotonic()
        served = Served(version, self._serving.unfit)
        with self._meter.stage("commit"):
            committed = self._sink.append(stamped(scored, datetime.now(UTC)), served)
        self._meter.committed(committed)
        self._heartbeat.beat()
        log.debug(
            "batch",
            batch=batch_id,
            scored=committed.scored,
            rejected=committed.rejected,
            duplicates=committed.duplicates,
            remembered=self._sink.remembered,
            commit_ms=milliseconds_since(started),
            total=ledger.sum_of(committed.totals.values()),
        )


def milliseconds_since(started: float) -> int:
    """Since a moment of the monotonic clock."""
    return round((time.monotonic() - started) * 1000)
