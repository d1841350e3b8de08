"""Metrics of a program that ends, in a file: Prometheus's node_exporter shows those of a folder (`--collector.textfile.directory`)."""

from pathlib import Path

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.registry import Collector

READABLE = 0o644
"""Who shows the file is somebody else; it holds counts."""


def write(file: str | Path, collector: Collector) -> None:
    """Replace the file as a whole; its name has to end with `.prom`."""
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    write_to_textfile(str(path), registry)
    path.chmod(READABLE)
