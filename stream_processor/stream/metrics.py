"""What the processor tells Prometheus, read from its counters at each scrape. Labels are partitions, results, reasons, tables and versions: never text, user or rule."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from stream_processor.offsets import ledger
from stream_processor.stream.job import StreamingJob
from stream_processor.stream.meter.lag import Behind
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.succession.stand_in import Succession
from stream_processor.stream.upkeep import Upkeep

PREFIX = "sentistream_processor"
RESULTS = ("scored", "rejected", "duplicates", "holes", "lost")
MOST_PARTITIONS = 100
"""Of a topic with more, the lag is told of all together."""
ALL = "all"


class ProcessorMetrics(Collector):
    """One processor's.

    Args:
        job: counts its batches.
        sink: knows the totals.
        succession: knows which versions were refused.
        upkeep: counts what it merges.
    """

    def __init__(self, job: StreamingJob, sink: LakeSink, succession: Succession, upkeep: Upkeep) -> None:
        self._job, self._sink, self._succession, self._upkeep = job, sink, succession, upkeep

    def collect(self) -> Iterator[Metric]:
        """One sample of each."""
        yield from self._records()
        yield from self._times()
        yield from self._lag()
        yield from self._model()
        yield from self._maintenance()

    def _records(self) -> Iterator[Metric]:
        totals = ledger.sum_of(self._sink.totals.values())
        records = CounterMetricFamily(
            f"{PREFIX}_records",
            "Offsets of the topic by what became of them, as the table counts them.",
            labels=["result"],
        )
        for result in RESULTS:
            records.add_metric([result], totals[result])
        yield records
        unaccounted = "Offsets that were read and of which it is not known what became of them: always 0."
        yield GaugeMetricFamily(f"{PREFIX}_unaccounted_records", unaccounted, totals["unaccounted"])
        letters = CounterMetricFamily(f"{PREFIX}_dead_letters", "Records rejected since the start.", labels=["reason"])
        for reason, count in sorted(self._job.meter.dead_letters.items()):
            letters.add_metric([reason], count)
        yield letters
        ids = "Tweet ids that the window of duplicates holds."
        yield GaugeMetricFamily(f"{PREFIX}_remembered_ids", ids, self._sink.remembered)

    def _times(self) -> Iterator[Metric]:
        meter = self._job.meter
        stages = HistogramMetricFamily(f"{PREFIX}_stage_seconds", "What a batch takes, by stage.", labels=["stage"])
        for name, taken in meter.stages.items():
            stages.add_metric([name], *taken.buckets())
        yield stages
        latency = HistogramMetricFamily(
            f"{PREFIX}_latency_seconds", "From a record's arrival at the broker to its commit."
        )
        latency.add_metric([], *meter.latency.buckets())
        yield latency
        if meter.committed_at is not None:
            last = "When something was last committed."
            yield GaugeMetricFamily(f"{PREFIX}_last_commit_timestamp_seconds", last, meter.committed_at)

    def _lag(self) -> Iterator[Metric]:
        lag = self._job.meter.lag
        if lag.seen_at is not None:
            seen = "When the broker last said where the partitions end."
            yield GaugeMetricFamily(f"{PREFIX}_broker_seen_timestamp_seconds", seen, lag.seen_at)
        records = GaugeMetricFamily(
            f"{PREFIX}_lag_records", "Records that are not committed yet.", labels=["partition"]
        )
        seconds = GaugeMetricFamily(
            f"{PREFIX}_lag_seconds", "How old the oldest of them is, at most.", labels=["partition"]
        )
        held_back = GaugeMetricFamily(
            f"{PREFIX}_held_back_records", "Records behind a transaction that is open.", labels=["partition"]
        )
        for partition, behind in bounded(lag.partitions()).items():
            records.add_metric([partition], behind.records)
            held_back.add_metric([partition], behind.held_back)
            if behind.seconds is not None:
                seconds.add_metric([partition], behind.seconds)
        yield from (records, seconds, held_back)

    def _model(self) -> Iterator[Metric]:
        scorer, standing = self._job.scorer, self._succession.standing
        which = [scorer.version.name, str(scorer.version.version), scorer.flavour]
        labels = ["model", "version", "flavour"]
        info = GaugeMetricFamily(f"{PREFIX}_model_info", "The version that scores.", labels=labels)
        info.add_metric(which, 1)
        speed = GaugeMetricFamily(f"{PREFIX}_model_tweets_per_second", "How many tweets it scores in a second.")
        if scorer.tweets_per_second is not None:
            speed.add_metric([], scorer.tweets_per_second)
        yield from (info, speed)
        yield CounterMetricFamily(f"{PREFIX}_reloads", "How often another version was taken.", self._job.reloads)
        refused = "Versions that were refused, or turned out unfit."
        yield CounterMetricFamily(f"{PREFIX}_refused_versions", refused, standing.refusals)
        sees = "1 where the last look at the registry saw a champion."
        yield GaugeMetricFamily(f"{PREFIX}_sees_champion", sees, int(not self._succession.watch.trouble))

    def _maintenance(self) -> Iterator[Metric]:
        merged = CounterMetricFamily(f"{PREFIX}_merged_files", "Small files that were merged.", labels=["table"])
        written = CounterMetricFamily(f"{PREFIX}_compacted_files", "Files that were made of them.", labels=["table"])
        failing = GaugeMetricFamily(
            f"{PREFIX}_failing_upkeep", "1 where the last round of upkeep failed.", labels=["table"]
        )
        troubled = self._upkeep.failing
        for table, done in self._upkeep.merged.items():
            merged.add_metric([table.name], done.files_merged)
            written.add_metric([table.name], done.files_written)
            failing.add_metric([table.name], int(table in troubled))
        yield from (merged, written, failing)


def bounded(partitions: dict[int, Behind]) -> dict[str, Behind]:
    """Partition → its lag; of many partitions the sum of the records, and the longest time."""
    if len(partitions) <= MOST_PARTITIONS:
        return {str(number): behind for number, behind in sorted(partitions.items())}
    each = partitions.values()
    seconds = [behind.seconds for behind in each if behind.seconds is not None]
    return {
        ALL: Behind(
            sum(behind.records for behind in each),
            max(seconds, default=None),
            sum(behind.held_back for behind in each),
        )
    }
