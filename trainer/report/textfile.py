"""A finished run as metrics in a file, for node_exporter: the trainer ends before Prometheus could ask it."""

import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sentistream.metrics import textfile
from trainer.run import TrainingRun

PREFIX = "sentistream_trainer"


class _Run(Collector):
    def __init__(self, run: TrainingRun, version: int, is_champion: bool, seconds: float) -> None:
        self._run, self._version, self._is_champion, self._seconds = run, version, is_champion, seconds

    def collect(self) -> Iterator[Metric]:
        """Accuracies are the winner's on the test rows, which no version was trained on or chosen by."""
        run, evaluation = self._run, self._run.evaluation
        figures = {
            "last_run_timestamp_seconds": ("When the last run ended.", time.time()),
            "run_seconds": ("How long it took.", self._seconds),
            "crashed_cells": ("Cells of its grid that crashed.", sum(bool(each.error) for each in run.outcomes)),
            "trained_cells": ("Cells of its grid that were trained.", len(run.scored)),
            "registered_version": ("The version that it registered.", self._version),
            "is_champion": ("1 where that became champion.", int(self._is_champion)),
            "test_rows": ("Rows that the winner was measured on at last.", evaluation.rows),
            "test_accuracy_ratio": ("Its accuracy on these rows.", evaluation.accuracy),
            "test_macro_f1_ratio": ("Its macro-F1 on these rows.", evaluation.macro_f1),
        }
        for name, (words, value) in figures.items():
            yield GaugeMetricFamily(f"{PREFIX}_{name}", words, value)
        parts = GaugeMetricFamily(f"{PREFIX}_rows", "Rows of its files, by part of the split.", labels=["part"])
        for part, rows in sorted(run.data.audit.parts.items()):
            parts.add_metric([part], rows)
        yield parts


def write(file: str, run: TrainingRun, version: int, is_champion: bool, seconds: float) -> None:
    """Replace the file by this run.

    Args:
        file: its name ends with `.prom`.
        run: it.
        version: what was registered.
        is_champion: whether the alias names that now.
        seconds: what the run took.
    """
    textfile.write(file, _Run(run, version, is_champion, seconds))
