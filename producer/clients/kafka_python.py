"""kafka-python: pure Python, the same library as everywhere else here."""

import threading
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from producer.clients.fates import Fates
from producer.record import Record
from producer.settings import ProducerSettings
from sentistream import topic
from sentistream.errors import UserError
from sentistream.topic_contract import MAX_MESSAGE_BYTES


class KafkaPythonClient:
    """A `Client`."""

    def __init__(self, settings: ProducerSettings) -> None:
        self._topic = settings.kafka_topic
        self._limit = settings.max_unacknowledged
        self._in_flight = 0
        self._landed = threading.Condition()
        self.fates = Fates()
        try:
            self._producer = KafkaProducer(
                **topic.client_options(settings),
                enable_idempotence=True,
                acks="all",
                compression_type=None if settings.compression == "none" else settings.compression,
                linger_ms=settings.linger_ms,
                batch_size=settings.batch_bytes,
                max_request_size=MAX_MESSAGE_BYTES,
                delivery_timeout_ms=int(settings.delivery_timeout_seconds * 1000),
            )
        except KafkaError as refused:
            raise UserError(f"Kafka at {settings.kafka_bootstrap_servers} refuses the producer: {refused}") from refused

    def send(self, record: Record) -> None:
        """As `Client`."""
        with self._landed:
            self._landed.wait_for(lambda: self._in_flight < self._limit)
            self._in_flight += 1
        try:
            future = self._producer.send(self._topic, value=record.value, key=record.key, headers=list(record.headers))
        except KafkaError as refused:
            self._failed(refused)
            return
        future.add_callback(self._acknowledged)
        future.add_errback(self._failed)

    def retried(self) -> int:
        """As `Client`; records, for kafka-python counts those."""
        counted = self._producer.metrics().get("producer-metrics", {})
        return int(counted.get("record-retry-total", 0))

    def flush(self, seconds: float) -> None:
        """As `Client`."""
        self._producer.flush(timeout=seconds)
        with self._landed:
            self._landed.wait_for(lambda: self._in_flight == 0, timeout=10)

    def close(self) -> None:
        """As `Client`."""
        self._producer.close(timeout=5)

    def _acknowledged(self, _metadata: Any) -> None:
        with self._landed:
            self.fates.acknowledged += 1
            self._in_flight -= 1
            self._landed.notify()

    def _failed(self, error: BaseException) -> None:
        with self._landed:
            self.fates.failures[type(error).__name__] += 1
            self._in_flight -= 1
            self._landed.notify()
