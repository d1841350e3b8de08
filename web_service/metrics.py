"""What Prometheus is told: counts by door and status, never by text, user or rule."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from web_service.scoring.serving import Serving

PREFIX = "sentistream_web"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)


class Metrics:
    """Of one service.

    Args:
        serving: names the version that answers, when someone wants to know.
    """

    def __init__(self, serving: Serving) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # its own
        self.registry = CollectorRegistry(auto_describe=False)
        self._requests = Counter(
            f"{PREFIX}_requests", "Requests that were answered.", ["door", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            f"{PREFIX}_request_seconds",
            "From a request's first byte to its answer.",
            ["door"],
            registry=self.registry,
            buckets=BUCKETS,
        )
        self._texts = Counter(f"{PREFIX}_scored_texts", "Texts that were scored.", registry=self.registry)
        self._refused = Counter(f"{PREFIX}_refused_texts", "Texts that were not.", ["reason"], registry=self.registry)
        self.running = Gauge(f"{PREFIX}_running_requests", "Requests that are worked on.", registry=self.registry)
        self.registry.register(_Model(serving))
        self.registry.register(ProcessCollector(registry=None))

    def answered(self, door: str, status: int, seconds: float) -> None:
        """Count an answer; `door` is a route's path, of which there are few."""
        self._requests.labels(door, str(status)).inc()
        self._seconds.labels(door).observe(seconds)

    def scored(self, texts: int) -> None:
        """Count texts with a score."""
        self._texts.inc(texts)

    def refused(self, reason: str) -> None:
        """Count a text without one, by a code of docs/rejections.md."""
        self._refused.labels(reason).inc()


class _Model(Collector):
    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def collect(self) -> Iterator[Metric]:
        """Whether something scores, and the number and speed of what does."""
        scorer = self._serving.scorer
        yield GaugeMetricFamily(f"{PREFIX}_ready", "1 where a version answers.", value=int(scorer is not None))
        labels = ["version", "flavour"]
        info = GaugeMetricFamily(f"{PREFIX}_model_info", "The version that answers.", labels=labels)
        speed = GaugeMetricFamily(
            f"{PREFIX}_model_texts_per_second", "How many texts it scores in a second.", labels=labels
        )
        if scorer is not None:
            which = [str(scorer.version.version), scorer.flavour]
            info.add_metric(which, 1)
            speed.add_metric(which, scorer.tweets_per_second or 0)
        yield info
        yield speed
        yield CounterMetricFamily(f"{PREFIX}_reloads", "How often another version was taken.", self._serving.reloads)
        refused = "Versions that were refused, or turned out unfit."
        yield CounterMetricFamily(f"{PREFIX}_refused_versions", refused, self._serving.standing.refusals)
