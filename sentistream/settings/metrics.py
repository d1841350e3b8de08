"""Where each service shows its metrics to Prometheus: one port a service, all of them listed here, on the loopback interface."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from sentistream.settings.service import LocalPath, ServiceSettings

PORTS = {"producer": 9464, "processor": 9465, "tables": 9466, "web": 8088}
"""Service → its default port; the web service answers `/metrics` beside its other doors. The containers and deploy/prometheus use the same."""


PromFile = Annotated[Annotated[LocalPath, Field(pattern=r"\.prom$")] | None, BeforeValidator(lambda file: file or None)]
"""A file for node_exporter, which shows those of a folder whose names end so."""


class MetricsSettings(ServiceSettings):
    """Where metrics are served; each service has its own default port."""

    metrics_port: int = Field(0, ge=0, le=65_535)
    """The port where Prometheus finds the metrics; 0 is nowhere. A default port that is taken is warned of, one that was asked for is refused."""
    metrics_address: str = Field("127.0.0.1", min_length=1)
    """The address that the metrics are served on."""

    @property
    def asks_for_port(self) -> bool:
        """Whether the port was set, and is not the service's default."""
        return "metrics_port" in self.model_fields_set
