"""The producer's settings."""

from typing import Literal

from pydantic import Field

from sentistream.settings import KafkaSettings, MetricsSettings
from sentistream.settings.metrics import PORTS


class ProducerSettings(KafkaSettings, MetricsSettings):
    """Everything the producer reads from its environment."""

    rate: float = Field(100, ge=0, allow_inf_nan=False)
    """Tweets a second; 0 is as fast as it goes."""
    kafka_client: Literal["kafka-python", "confluent-kafka"] = "confluent-kafka"
    """Which library publishes; kafka-python is pure Python and several times slower."""
    compression: Literal["zstd", "gzip", "none"] = "zstd"
    """How batches are compressed on their way to the broker."""
    linger_ms: int = Field(20, ge=0, le=10_000)
    """How long a batch may wait for more records, in milliseconds."""
    batch_bytes: int = Field(128 * 1024, ge=1, le=1024 * 1024)
    """How large a batch may grow, in bytes."""
    max_unacknowledged: int = Field(20_000, ge=1)
    """Records in flight before publishing waits for the broker."""
    delivery_timeout_seconds: float = Field(120, gt=0, le=2_000_000)
    """How long a record is retried before it counts as failed."""
    metrics_port: int = Field(PORTS["producer"], ge=0, le=65_535)
    """The port where Prometheus finds the metrics; 0 is nowhere."""
