"""The streaming job: wires source → parse → score → sink, and ends only between batches.

While one batch is scored and committed on a thread of its own, Spark already reads the next. They are committed one after the other: the sink
refuses a batch that does not begin where the last one ended, and Spark's own record of what is done is scratch (the lake says where to resume).

A batch that a slow scorer would take long for is committed in pieces, and a stop need not wait for the rest of it.

Another model is taken between two commits. One that scores in the driver needs no more than that; one that is part of the query's plan needs
another query, which goes on where the lake ends, and so do polls of another size. So it is where the model turns out unfit: nothing of that batch is
committed, and the records come again.
"""

import queue
import shutil
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

import pyarrow.compute as pc
import structlog
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException, StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from sentistream.errors import UserError, said
from sentistream.kafka import refusal
from sentistream.process import disk
from sentistream.process.heartbeat import Heartbeat
from sentistream.process.retry import StoppedError
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.succession.standing import Standing
from stream_processor.offsets import slices, source
from stream_processor.offsets.identity import TopicIdentity
from stream_processor.offsets.polls import Polls
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.finisher import Finisher, milliseconds_since
from stream_processor.stream.idle import is_idle
from stream_processor.stream.meter.batches import Meter
from stream_processor.stream.placement import Placement
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.spark_failure import kind
from stream_processor.stream.succession import failing_plan
from stream_processor.stream.succession.serving import Serving
from stream_processor.stream.succession.stand_in import Succession

log = structlog.get_logger()


class StreamingJob:
    """One run of the processor; `run` blocks until it is told to stop or fails.

    Args:
        spark: the session.
        settings: of the processor.
        placement: what scores first.
        sink: where the rows go.
        succession: where new champions come from, and what finds a version once the one that serves is unfit; without it, none is found.
    """

    def __init__(
        self,
        spark: SparkSession,
        settings: ProcessorSettings,
        placement: Placement,
        sink: LakeSink,
        succession: Succession | None = None,
    ) -> None:
        self._spark = spark
        self._settings = settings
        self._succession = succession
        self._serving = Serving(placement, succession.standing if succession else Standing())
        self._sink = sink
        self._offers: queue.SimpleQueue[Placement] = succession.offers if succession else queue.SimpleQueue()
        self._stopping = threading.Event()
        self._identity = TopicIdentity(settings, sink.topic, self._stopping)
        self._pausing = threading.Event()
        self._between_batches = threading.Lock()
        self._heartbeat = Heartbeat(settings.heartbeat_file)
        self.meter = Meter(sink)
        """What the job counts of itself."""
        self._finisher = Finisher(
            settings, self._serving, sink, self._identity, self._heartbeat, self.meter, lambda: self._is_ending
        )
        self._most_rows = settings.max_batch_rows
        self._polls = Polls()
        self.reloads = 0
        """How often another scorer was taken."""

    def offer(self, placement: Placement) -> None:
        """Have another scorer, warm, take over within about a second, from one commit to the next; safe in any thread."""
        self._offers.put(placement)

    @property
    def scorer(self) -> Scorer:
        """What scores now."""
        return self._serving.placement.scorer

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
            raise self._finisher.failure or self._why(failed) from failed
        finally:
            self._finisher.close()
            self._identity.close()
        if self._finisher.failure is not None:
            raise self._finisher.failure

    def _query(self, offsets: str, once: bool) -> Placement | None:
        """Run one query, whose plan holds the present scorer; the scorer that needs another query, None where the stream ends."""
        checkpoint = f"{self._settings.checkpoint_uri}/{uuid.uuid4()}"
        # Transformed as a stream: analysed once, where a batch's own DataFrame would be analysed anew each time.
        self._most_rows = self._rows_a_trigger(source.partitions(offsets))
        poll_records = self._polls.records
        records = source.read(self._spark, self._settings, offsets, self._most_rows, poll_records)
        writer = (
            self._serving.placement.on_spark(records)
            .writeStream.foreachBatch(self._collect)
            .option("checkpointLocation", checkpoint)
        )
        self._pausing.clear()
        query = (writer.trigger(availableNow=True) if once else writer.trigger(processingTime="0 seconds")).start()
        replacement: Placement | None = None
        try:
            while query.isActive and not self._is_over and replacement is None and self._polls.records == poll_records:
                _wait(query)
                replacement = self._taken_in_place()
                if is_idle(query):
                    self._heartbeat.beat()
                    if self._finisher.is_idle:
                        self.meter.lag.level()
                    # Never to None: the finisher may have set it.
                    if (changed := self._identity.changed()) is not None:
                        self._finisher.failure = changed
            # A batch that begins from here on returns at once; holding the lock over stop() would make both wait.
            # Where the query came to its end by itself there is none, and the last one is finished.
            if self._is_over or replacement is not None or self._polls.records != poll_records:
                self._pausing.set()
            with self._between_batches:
                pass
            query.stop()
            self._finisher.settle()
            failed = query.exception()
            if failed is not None and not self._finisher.has_ended:
                self._finisher.fault = self._fault_of_the_plan()
                if self._finisher.fault is None:
                    raise self._why(failed) from failed
        finally:
            _remove(self._spark, checkpoint)
        if self._stopping.is_set() or self._finisher.failure is not None:
            return None
        fault, self._finisher.fault = self._finisher.fault, None
        if fault is not None:
            return self._successor(fault, replacement)
        # Kafka's consumers are a query's: polls of another size are another one's, with the scorer of this one.
        return self._serving.placement if replacement is None and self._polls.records != poll_records else replacement

    def _why(self, failed: Exception) -> UserError:
        """Why Spark stopped: in the words of a start, where that would meet the same; without Spark's where its plan holds texts."""
        reason = kind(failed) if self._serving.placement.plans else said(failed)
        log.debug("the query failed", reason=reason)
        full = disk.refused(failed, self._settings.places)
        if (found := self._identity.explain(self._sink.totals)) is not None:
            return found
        # Where Java alone is refused.
        if (refused := refusal.recognised(reason)) is not None:
            return refusal.refused(self._settings, refused)
        return UserError(f"The stream stopped: {full or reason}")

    def _fault_of_the_plan(self) -> UnfitError | None:
        """What is wrong with the model, where the query failed by it."""
        placement = self._serving.placement
        if not placement.plans or self._stopping.is_set():
            return None
        sink = self._sink
        return failing_plan.fault(self._spark, self._settings, placement, sink.topic, sink.committed, self._most_rows)

    def _successor(self, fault: UnfitError, offered: Placement | None) -> Placement | None:
        """What is to score the records that an unfit version could not; None where a stop comes before it is found."""
        if offered is not None:
            self._take(offered)
        if (at_hand := self._serving.back(fault)) is not None:
            return at_hand
        if self._succession is None:
            raise fault
        try:
            return self._succession.after(fault, self._stopping)
        except StoppedError:
            return None

    @property
    def _is_over(self) -> bool:
        """True once the running query has to end, whatever comes after it."""
        return self._stopping.is_set() or self._finisher.has_ended

    @property
    def _is_ending(self) -> bool:
        """True once the running query is to commit nothing further; what it has read is read again by the next one."""
        return self._is_over or self._pausing.is_set()

    def _rows_a_trigger(self, partitions: int) -> int:
        """How many records Spark reads at once: fewer than is set where it scores them itself, and slowly."""
        tasks = max(1, min(partitions, self._spark.sparkContext.defaultParallelism))
        return min(
            self._settings.max_batch_rows,
            self._serving.placement.rows_a_trigger(tasks) or self._settings.max_batch_rows,
        )

    def _taken_in_place(self) -> Placement | None:
        """Take the last scorer on offer, or return it where the running query can't."""
        offered = None
        while not self._offers.empty():
            offered = self._offers.get()
        if offered is None or offered.plans or self._serving.placement.plans:
            return offered
        self._take(offered)
        return None

    def _take(self, placement: Placement) -> None:
        if placement is self._serving.placement:
            return
        version, before = placement.scorer.version, self._serving.placement.scorer.version
        log.info("model reloaded", model=version.name, version=version.version, before=before.version)
        self._serving.take(placement)
        self.reloads += 1

    def _collect(self, rows: DataFrame, batch_id: int) -> None:
        """Bring a batch to the driver and leave the rest to the finisher, once it is done with the one before."""
        with self._between_batches:
            if self._is_ending:
                return
            started = time.monotonic()
            with self.meter.stage("read"):
                collected = rows.toArrow()
            log.debug("read", batch=batch_id, records=collected.num_rows, read_ms=milliseconds_since(started))
            asked = self._identity.ask()
            self._finisher.join()
            # Of the batch before, the rest may have been left out: nothing behind it may be committed.
            if self._is_ending:
                return
            all_small = slices.is_complete(collected, slices.inline_bytes(self._most_rows))
            self._polls.seen(collected.num_rows, all_small=all_small)
            if all_small:
                self._finisher.submit(collected, batch_id, asked)
                return
            log.warning("a batch with many bytes comes in slices", bytes=pc.sum(collected["value_bytes"]).as_py())
            for part in slices.slices(collected):
                records = source.read_range(self._spark, self._settings, part)
                collected = self._serving.placement.on_spark(records).toArrow()
                self._finisher.finish(collected, batch_id, self._identity.ask())
                if self._is_ending:
                    return


def _wait(query: StreamingQuery) -> None:
    """Wait a second, or until the query has ended; why it failed is known by `query.exception()`."""
    with suppress(StreamingQueryException):
        query.awaitTermination(1)


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
