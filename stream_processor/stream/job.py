"""The streaming job: wires source → parse → score → sink, and ends only between batches.

While one batch is scored and committed on a thread of its own, Spark already reads the next. They are committed one after the other: the sink
refuses a batch that does not begin where the last one ended, and Spark's own record of what is done is scratch (the lake says where to resume).

A batch that a slow scorer would take long for is committed in pieces, and a stop need not wait for the rest of it.

Another model is taken between two commits. One that scores in the driver needs no more than that; one that is part of the query's plan needs
another query, which goes on where the lake ends.
"""

import queue
import shutil
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from sentistream.errors import UserError, said
from sentistream.process import disk
from sentistream.process.heartbeat import Heartbeat
from sentistream.process.retry import StoppedError
from stream_processor.offsets import ledger, slices, source
from stream_processor.offsets.identity import TopicIdentity
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.idle import is_idle
from stream_processor.stream.pieces import pieces
from stream_processor.stream.placement import Placement
from stream_processor.stream.sink import LakeSink

log = structlog.get_logger()


def stamped(batch: pa.Table, now: datetime) -> pa.Table:
    """Add when the batch was scored."""
    column = pa.repeat(pa.scalar(now, pa.timestamp("us", tz="UTC")), batch.num_rows)
    return batch.append_column("scored_at", column).append_column("rejected_at", column)


class StreamingJob:
    """One run of the processor; `run` blocks until it is told to stop or fails."""

    def __init__(self, spark: SparkSession, settings: ProcessorSettings, placement: Placement, sink: LakeSink) -> None:
        self._spark = spark
        self._settings = settings
        self._placement = placement
        self._sink = sink
        self._offers: queue.SimpleQueue[Placement] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._identity = TopicIdentity(settings, sink.topic, self._stopping)
        self._pausing = threading.Event()
        self._between_batches = threading.Lock()
        self._finisher = ThreadPoolExecutor(1, "finisher")
        self._unfinished: Future[None] | None = None
        self._failure: UserError | None = None
        self._heartbeat = Heartbeat(settings.heartbeat_file)
        self._most_rows = settings.max_batch_rows
        self.reloads = 0
        """How often another scorer was taken."""

    def offer(self, placement: Placement) -> None:
        """Have another scorer, warm, take over within about a second, from one commit to the next; safe in any thread."""
        self._offers.put(placement)

    def stop(self) -> None:
        """Ask the job to end after the running commit; safe in a signal handler."""
        self._stopping.set()

    def run(self, offsets: str, once: bool = False) -> None:
        """Stream from the given offsets until told to stop; with `once`, until what the topic holds now is done.

        Raises:
            UserError: the query failed; says why.
        """
        try:
            while (replacement := self._query(source.continued(offsets, self._sink.committed), once)) is not None:
                self._take(replacement)
        except PySparkException as failed:
            raise self._failure or self._why(failed) from failed
        finally:
            self._finisher.shutdown()
            self._identity.close()
        if self._failure is not None:
            raise self._failure

    def _query(self, offsets: str, once: bool) -> Placement | None:
        """Run one query, whose plan holds the present scorer; the scorer that needs another query, None where the stream ends."""
        checkpoint = f"{self._settings.checkpoint_uri}/{uuid.uuid4()}"
        # Transformed as a stream: analysed once, where a batch's own DataFrame would be analysed anew each time.
        self._most_rows = self._rows_a_trigger(source.partitions(offsets))
        records = source.read(self._spark, self._settings, offsets, self._most_rows)
        writer = (
            self._placement.on_spark(records)
            .writeStream.foreachBatch(self._collect)
            .option("checkpointLocation", checkpoint)
        )
        self._pausing.clear()
        query = (writer.trigger(availableNow=True) if once else writer.trigger(processingTime="0 seconds")).start()
        replacement: Placement | None = None
        try:
            while query.isActive and not self._stopping.is_set() and self._failure is None and replacement is None:
                query.awaitTermination(1)
                replacement = self._taken_in_place()
                if is_idle(query):
                    self._heartbeat.beat()
                    # Never to None: the finisher may have set it.
                    if (changed := self._identity.changed()) is not None:
                        self._failure = changed
            # A batch that begins from here on returns at once; holding the lock over stop() would make both wait.
            # Where the query came to its end by itself there is none, and the last one is finished.
            if self._stopping.is_set() or self._failure is not None or replacement is not None:
                self._pausing.set()
            with self._between_batches:
                pass
            query.stop()
            failed = query.exception()
            if failed is not None and self._failure is None:
                raise self._why(failed) from failed
            if self._unfinished is not None:
                wait([self._unfinished])
        finally:
            _remove(self._spark, checkpoint)
        ended = self._stopping.is_set() or self._failure is not None
        return None if ended else replacement

    def _why(self, failed: Exception) -> UserError:
        """Why Spark stopped: in the words of a start, where that would meet the same."""
        log.debug("the query failed", reason=said(failed))
        return self._identity.explain(self._sink.totals) or UserError(
            f"The stream stopped: {disk.told(failed, self._settings.places)}"
        )

    @property
    def _is_ending(self) -> bool:
        """True once the running query is to commit nothing further; what it has read is read again by the next one."""
        return self._stopping.is_set() or self._pausing.is_set()

    def _rows_a_trigger(self, partitions: int) -> int:
        """How many records Spark reads at once: fewer than is set where it scores them itself, and slowly."""
        tasks = max(1, min(partitions, self._spark.sparkContext.defaultParallelism))
        return min(
            self._settings.max_batch_rows, self._placement.rows_a_trigger(tasks) or self._settings.max_batch_rows
        )

    def _taken_in_place(self) -> Placement | None:
        """Take the last scorer on offer, or return it where the running query can't."""
        offered = None
        while not self._offers.empty():
            offered = self._offers.get()
        if offered is None or offered.plans or self._placement.plans:
            return offered
        self._take(offered)
        return None

    def _take(self, placement: Placement) -> None:
        version, before = placement.scorer.version, self._placement.scorer.version
        log.info("model reloaded", model=version.name, version=version.version, before=before.version)
        self._placement = placement
        self.reloads += 1

    def _collect(self, rows: DataFrame, batch_id: int) -> None:
        """Bring a batch to the driver and leave the rest to the finisher, once it is done with the one before."""
        with self._between_batches:
            if self._is_ending:
                return
            started = time.monotonic()
            collected = rows.toArrow()
            log.debug("read", batch=batch_id, records=collected.num_rows, read_ms=_milliseconds_since(started))
            asked = self._identity.ask()
            if self._unfinished is not None:
                self._unfinished.result()
            # Of the batch before, the rest may have been left out: nothing behind it may be committed.
            if self._is_ending:
                return
            if slices.is_complete(collected, slices.inline_bytes(self._most_rows)):
                self._unfinished = self._finisher.submit(self._finish, collected, batch_id, asked)
                return
            log.warning("a batch with many bytes comes in slices", bytes=pc.sum(collected["value_bytes"]).as_py())
            for part in slices.slices(collected):
                records = source.read_range(self._spark, self._settings, part)
                collected = self._placement.on_spark(records).toArrow()
                self._finish(collected, batch_id, self._identity.ask())
                if self._is_ending:
                    return

    def _finish(self, collected: pa.Table, batch_id: int, asked: Future[None]) -> None:
        """Score and, once the topic is known to be the same, commit; whatever fails ends the process with one sentence, and no later batch is committed."""
        try:
            for number, piece in enumerate(pieces(collected, lambda: self._placement.rows_at_once())):
                if number and self._is_ending:
                    return
                started = time.monotonic()
                scored = self._placement.on_driver(piece)
                log.debug("scored", batch=batch_id, records=piece.num_rows, score_ms=_milliseconds_since(started))
                self._identity.require(asked)
                self._append(scored, batch_id)
        except StoppedError:
            log.debug("left for the next start", batch=batch_id)
        except BaseException as failure:  # a panic of delta-rs is no Exception
            self._failure = self._why_not(failure, batch_id)
            raise

    def _why_not(self, failure: BaseException, batch_id: int) -> UserError:
        """Why a batch was not committed."""
        full = disk.refused(failure, self._settings.places)
        if full is None and isinstance(failure, UserError):
            return failure
        if full is None:
            log.error("batch failed", batch=batch_id, exc_info=failure)
        return UserError(f"A batch failed, nothing of it counts: {full or said(failure)}")

    def _append(self, scored: pa.Table, batch_id: int) -> None:
        started = time.monotonic()
        committed = self._sink.append(stamped(scored, datetime.now(UTC)))
        self._heartbeat.beat()
        log.debug(
            "batch",
            batch=batch_id,
            scored=committed.scored,
            rejected=committed.rejected,
            duplicates=committed.duplicates,
            remembered=self._sink.remembered,
            commit_ms=_milliseconds_since(started),
            total=ledger.sum_of(committed.totals.values()),
        )


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _remove(spark: SparkSession, checkpoint: str) -> None:
    """Delete what is scratch; what can't be deleted harms nobody."""
    if "://" not in checkpoint:
        shutil.rmtree(Path(checkpoint), ignore_errors=True)
        return
    try:
        # By Hadoop, which wrote it: it keeps objects for folders that other programs don't see.
        place = spark._jvm.org.apache.hadoop.fs.Path(checkpoint)  # type: ignore[union-attr]  # there is a JVM
        place.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).delete(place, True)
    except (Py4JError, PySparkException) as failed:
        log.warning("the checkpoint is left behind", checkpoint=checkpoint, error=said(failed))
