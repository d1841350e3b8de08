"""The door at which Prometheus asks for a service's metrics."""

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.registry import Collector

from sentistream.errors import UserError, full_stop
from sentistream.settings import MetricsSettings

log = structlog.get_logger()


def serve(settings: MetricsSettings, *collectors: Collector) -> None:
    """Serve what the collectors say as long as the process lives; nowhere where METRICS_PORT is 0.

    A default port that is taken costs the metrics, and a warning: a service that does its work is not ended for them.

    Raises:
        UserError: the port was asked for, and is taken.
    """
    if not settings.metrics_port:
        return
    registry = CollectorRegistry(auto_describe=False)
    # Memory, processor time, open files, and when the process was started.
    for each in (ProcessCollector(registry=None), *collectors):
        registry.register(each)
    where = f"{settings.metrics_address}:{settings.metrics_port}"
    try:
        start_http_server(settings.metrics_port, settings.metrics_address, registry)
    except OSError as taken:
        if settings.asks_for_port:
            raise UserError(
                full_stop(f"The metrics can't be served on {where} (METRICS_PORT): {taken}"), exit_code=2
            ) from taken
        log.warning("no metrics: their default port is taken, METRICS_PORT names another", address=where)
