"""The producer's metrics for Prometheus, read from the counters at each scrape, so that no record pays for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from producer.publisher import Publisher
from producer.settings import ProducerSettings
from sentistream.metrics import served

PREFIX = "sentistream_producer"


@dataclass(frozen=True)
class Figures:
    """What a source tells about itself, asked for when someone wants to know."""

    read: Callable[[], int]
    """Tweets, or rows of a file, read so far."""
    lag_seconds: Callable[[], float]
    """How far what is published is behind the source: behind the live stream, or behind the set pace."""
    cost_usd: Callable[[], float] = lambda: 0.0
    """What reading has cost."""


class _ProducerMetrics(Collector):
    def __init__(self, publisher: Publisher, source: str, figures: Figures) -> None:
        self._publisher, self._source, self._figures = publisher, source, figures

    def collect(self) -> Iterator[Metric]:
        """One sample of each."""
        publisher, figures = self._publisher, self._figures
        counts = {
            "read": ("Tweets or rows read from the source.", figures.read()),
            "published": ("Records handed to Kafka.", publisher.published),
            "acknowledged": ("Records that the broker has on all replicas.", publisher.acknowledged),
            "retried": ("What the Kafka client had to send again.", publisher.retried),
        }
        for name, (words, value) in counts.items():
            yield self._counter(name, words, value)
        failed = CounterMetricFamily(f"{PREFIX}_failed", "Records given up.", labels=["source", "reason"])
        for reason, records in sorted(publisher.failures.items()):
            failed.add_metric([self._source, reason], records)
        yield failed
        yield self._counter("cost_usd", "What reading has cost, in US dollars.", figures.cost_usd())
        lag = GaugeMetricFamily(f"{PREFIX}_lag_seconds", "How far behind the source it is.", labels=["source"])
        lag.add_metric([self._source], figures.lag_seconds())
        yield lag

    def _counter(self, name: str, words: str, value: float) -> CounterMetricFamily:
        family = CounterMetricFamily(f"{PREFIX}_{name}", words, labels=["source"])
        family.add_metric([self._source], value)
        return family


def serve(settings: ProducerSettings, publisher: Publisher, source: str, figures: Figures) -> None:
    """Serve the metrics as long as the process lives.

    Raises:
        UserError: the port was asked for, and is taken.
    """
    served.serve(settings, _ProducerMetrics(publisher, source, figures))
