"""The findings as metrics: how many there are of each promise and verdict, and when they were found."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.metrics import textfile

PREFIX = "sentistream_doctor"


class _Findings(Collector):
    def __init__(self, findings: Sequence[Finding], seconds: float) -> None:
        self._findings, self._seconds = findings, seconds

    def collect(self) -> Iterator[Metric]:
        """Every verdict of every promise, those that nothing has, too: a series that comes and goes can't be watched."""
        found = Counter((each.promise, each.verdict) for each in self._findings)
        family = GaugeMetricFamily(
            f"{PREFIX}_findings", "Findings of `lake doctor`, by promise and verdict.", labels=["promise", "verdict"]
        )
        for promise in sorted({each.promise for each in self._findings}):
            for verdict in Verdict:
                family.add_metric([promise, str(verdict)], found[promise, verdict])
        yield family
        at = "When the tables were last examined."
        yield GaugeMetricFamily(f"{PREFIX}_examined_timestamp_seconds", at, time.time())
        yield GaugeMetricFamily(f"{PREFIX}_examination_seconds", "How long that took.", self._seconds)


def write(file: str, findings: Sequence[Finding], seconds: float) -> None:
    """Replace the file by what was found.

    Args:
        file: its name ends with `.prom`.
        findings: of one examination.
        seconds: what that took.
    """
    textfile.write(file, _Findings(findings, seconds))
