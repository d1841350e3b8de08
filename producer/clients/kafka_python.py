"""kafka-python: pure Python, the same library as everywhere else here."""

import contextlib
import threading
import time
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from producer.clients.fates import STOPPING_SECONDS, Fates
from producer.record import Record
from producer.settings import ProducerSettings
from sentistream.contracts.topic import MAX_MESSAGE_BYTES
from sentistream.errors import UserError
from sentistream.kafka import client_config

LOOK_SECONDS = 0.5


class KafkaPythonClient:
    """A `Client`."""

    def __init__(self, settings: ProducerSettings, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._topic = settings.kafka_topic
        self._limit = settings.max_unacknowledged
        self._in_flight = 0
        self._closed = False
        self._landed = threading.Condition()
        self.fates = Fates()
        try:
            self._producer = KafkaProducer(
                **client_config.kafka_python(settings),
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

    def send(self, record: Record) -> bool:
        """As `Client`."""
        with self._landed:
            while not self._landed.wait_for(lambda: self._in_flight < self._limit, timeout=LOOK_SECONDS):
                if self._stopping.is_set():
                    return False
            self._in_flight += 1
        try:
            future = self._producer.send(self._topic, value=record.value, key=record.key, headers=list(record.headers))
        except KafkaError as refused:
            self._failed(refused)
            return True
        future.add_callback(self._acknowledged)
        future.add_errback(self._failed)
        return True

    def retried(self) -> int:
        """As `Client`; records, for kafka-python counts those."""
        counted = self._producer.metrics().get("producer-metrics", {})
        return int(counted.get("record-retry-total", 0))

    def flush(self, seconds: float) -> None:
        """As `Client`."""
        deadline = time.monotonic() + seconds
        while self._in_flight and time.monotonic() < deadline:
            if self._stopping.is_set():
                deadline = min(deadline, time.monotonic() + STOPPING_SECONDS)
            with contextlib.suppress(KafkaTimeoutError):
                self._producer.flush(timeout=LOOK_SECONDS)
            with self._landed:
                self._landed.wait_for(lambda: self._in_flight == 0, timeout=LOOK_SECONDS)

    def close(self) -> None:
        """As `Client`."""
        self._closed = True
        with contextlib.suppress(KafkaTimeoutError):
            self._producer.close(timeout=5)

    def _acknowledged(self, _metadata: Any) -> None:
        with self._landed:
            if self._closed:
                return
            self.fates.acknowledged += 1
            self._in_flight -= 1
            self._landed.notify()

    def _failed(self, error: BaseException) -> None:
        with self._landed:
            # What was in flight when it closed was counted as given up.
            if self._closed:
                return
            self.fates.failures[type(error).__name__] += 1
            self._in_flight -= 1
            self._landed.notify()
