import socket
from urllib.request import urlopen

import pytest
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from sentistream.errors import UserError
from sentistream.kafka.embedded_broker import free_port
from sentistream.metrics import served
from sentistream.settings import MetricsSettings
from sentistream.settings.metrics import PORTS


class One(Collector):
    def collect(self) -> list[GaugeMetricFamily]:
        return [GaugeMetricFamily("sentistream_one", "One.", 1)]


def test_metrics_are_served_on_the_loopback_interface() -> None:
    port = free_port()
    served.serve(MetricsSettings(metrics_port=port), One())
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert "sentistream_one 1.0" in answer.read().decode()
    assert MetricsSettings.model_fields["metrics_address"].default == "127.0.0.1"


def test_a_port_that_was_asked_for_is_refused_where_it_is_taken_and_a_default_one_is_warned_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("METRICS_PORT", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"127\.0\.0\.1:{port} \(METRICS_PORT\)"):
            served.serve(MetricsSettings(metrics_port=port), One())

        class ByDefault(MetricsSettings):
            metrics_port: int = port

        with structlog.testing.capture_logs() as logged:
            served.serve(ByDefault(), One())
    assert [(each["log_level"], each["address"]) for each in logged] == [("warning", f"127.0.0.1:{port}")]


def test_no_two_services_have_the_same_port() -> None:
    assert len(set(PORTS.values())) == len(PORTS)
