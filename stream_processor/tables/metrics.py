"""What the keeper of bronze and gold tells Prometheus, read from its counters at each scrape."""

import time
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from stream_processor.tables.bronze import Bronze
from stream_processor.tables.duties import Duty
from stream_processor.tables.gold import Gold
from stream_processor.tables.watched import Share, Watched

PREFIX = "sentistream_tables"
FOLLOWING = {"bronze": "bronze", "gold": "gold", "model health": "model_health"}
"""Duties that follow something which goes on (the topic, the scored table) → the table that is behind it."""


class TablesMetrics(Collector):
    """One keeper's.

    Args:
        duties: what it does.
        bronze: None where it keeps none.
        gold: None where it keeps none.
        watched: None where nothing is.
    """

    def __init__(
        self, duties: Sequence[Duty], bronze: Bronze | None, gold: Gold | None, watched: Watched | None
    ) -> None:
        self._duties, self._bronze, self._gold, self._watched = duties, bronze, gold, watched

    def collect(self) -> Iterator[Metric]:
        """One sample of each."""
        labels = ["duty"]
        taken = HistogramMetricFamily(f"{PREFIX}_duty_seconds", "What a duty takes each time.", labels=labels)
        failures = CounterMetricFamily(f"{PREFIX}_duty_failures", "How often a duty has failed.", labels=labels)
        failing = GaugeMetricFamily(f"{PREFIX}_failing_duty", "1 where it failed the last time.", labels=labels)
        lag = GaugeMetricFamily(
            f"{PREFIX}_lag_seconds", "How far a table is behind what it is made from, at most.", labels=["table"]
        )
        interval = GaugeMetricFamily(
            f"{PREFIX}_interval_seconds", "How often it is brought up to date.", labels=["table"]
        )
        now = time.time()
        for duty in self._duties:
            taken.add_metric([duty.name], *duty.taken.buckets())
            failures.add_metric([duty.name], duty.failures)
            failing.add_metric([duty.name], int(duty.failing))
            if duty.name in FOLLOWING:
                lag.add_metric([FOLLOWING[duty.name]], max(0.0, now - duty.level_at))
                interval.add_metric([FOLLOWING[duty.name]], duty.seconds)
        yield from (taken, failures, failing, lag, interval)
        if self._bronze is not None:
            copied = "Records copied to bronze since the start."
            yield CounterMetricFamily(f"{PREFIX}_copied_records", copied, self._bronze.copied)
        if self._gold is not None:
            minutes = "Minutes of gold recomputed since the start."
            yield CounterMetricFamily(f"{PREFIX}_recomputed_minutes", minutes, self._gold.recomputed)
        if self._watched is not None:
            yield from _shares(self._watched.shares)


def _shares(shares: Mapping[str, Share]) -> Iterator[Metric]:
    """By the names that the user gave; no share is told where there are no tweets."""
    share = GaugeMetricFamily(
        "sentistream_watched_share", "Share of negative tweets in the last hour.", labels=["series"]
    )
    tweets = GaugeMetricFamily("sentistream_watched_tweets", "Tweets in the last hour.", labels=["series"])
    for name, found in shares.items():
        tweets.add_metric([name], found.tweets)
        if found.of_negative is not None:
            share.add_metric([name], found.of_negative)
    yield from (share, tweets)
