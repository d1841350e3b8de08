"""The one publisher behind every source: idempotent, acknowledged by all replicas, every record's fate counted."""

import threading
from collections import Counter
from types import TracebackType
from typing import Self

from producer.clients.fates import Client
from producer.record import Record
from producer.settings import ProducerSettings
from sentistream.errors import UserError

GIVEN_UP = "no answer"
"""Why a record failed whose fate nobody knows."""


class Publisher:
    """Publishes records to one topic; a context manager that flushes at its end.

    At most `max_unacknowledged` records are in flight: a broker that is slow or away slows the source down.
    """

    def __init__(self, settings: ProducerSettings, stopping: threading.Event | None = None) -> None:
        """Connect; once `stopping` is set, nothing is waited for longer than a few seconds."""
        self._timeout = settings.delivery_timeout_seconds
        self._stopping = stopping or threading.Event()
        self._client = _client(settings, self._stopping)
        self.published = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def acknowledged(self) -> int:
        """Records that the broker has on all replicas."""
        return self._client.fates.acknowledged

    @property
    def failures(self) -> Counter[str]:
        """Records the broker never acknowledged, by the reason."""
        return self._client.fates.failures

    @property
    def failed(self) -> int:
        """All of them."""
        return self._client.fates.failed

    @property
    def refusal(self) -> UserError | None:
        """Why broker and client refuse each other, where they do."""
        return self._client.fates.refusal

    @property
    def in_flight(self) -> int:
        """Records handed to Kafka whose fate is not known yet."""
        return self.published - self.acknowledged - self.failed

    @property
    def retried(self) -> int:
        """What the client had to send again."""
        return self._client.retried()

    def publish(self, record: Record) -> None:
        """Hand a record to Kafka; waits while too many are unacknowledged, unless it is told to stop."""
        self.published += self._client.send(record)

    def flush(self) -> None:
        """Wait until every record is acknowledged or has failed; what is left then is given up."""
        self._client.flush(self._timeout + 10)
        if self.in_flight > 0:
            self.failures[GIVEN_UP] += self.in_flight

    def close(self) -> None:
        """Flush and disconnect."""
        try:
            self.flush()
        finally:
            self._client.close()


def _client(settings: ProducerSettings, stopping: threading.Event) -> Client:
    # Imported where it is chosen: each takes a tenth of a second.
    if settings.kafka_client == "confluent-kafka":
        from producer.clients.confluent import ConfluentClient

        return ConfluentClient(settings, stopping)
    from producer.clients.kafka_python import KafkaPythonClient

    return KafkaPythonClient(settings, stopping)
