"""The one publisher behind every source: idempotent, acknowledged by all replicas, every record's fate counted."""

import threading
from collections import Counter
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from producer.record import Record
from producer.settings import ProducerSettings
from sentistream import topic
from sentistream.errors import UserError
from sentistream.topic_contract import MAX_MESSAGE_BYTES


class Publisher:
    """Publishes records to one topic; a context manager that flushes at its end.

    At most `max_unacknowledged` records are in flight: a broker that is slow or away slows the source down.
    """

    def __init__(self, settings: ProducerSettings) -> None:
        self._topic = settings.kafka_topic
        self._limit = settings.max_unacknowledged
        self._timeout = settings.delivery_timeout_seconds
        self._in_flight = 0
        self._fate = threading.Condition()
        self.published = 0
        self.acknowledged = 0
        self.failures: Counter[str] = Counter()
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def failed(self) -> int:
        """Records the broker never acknowledged."""
        return sum(self.failures.values())

    @property
    def in_flight(self) -> int:
        """Records handed to Kafka whose fate is not known yet."""
        return self._in_flight

    def publish(self, record: Record) -> None:
        """Hand a record to Kafka; waits while too many are unacknowledged."""
        with self._fate:
            self._fate.wait_for(lambda: self._in_flight < self._limit)
            self._in_flight += 1
        self.published += 1
        try:
            future = self._producer.send(self._topic, value=record.value, key=record.key, headers=list(record.headers))
        except KafkaError as refused:
            self._failed(refused)
            return
        future.add_callback(self._acknowledged)
        future.add_errback(self._failed)

    def flush(self) -> None:
        """Wait until every record is acknowledged or has failed."""
        self._producer.flush(timeout=self._timeout + 10)
        with self._fate:
            self._fate.wait_for(lambda: self._in_flight == 0, timeout=10)
            if self._in_flight:
                self.failures["no answer"] += self._in_flight
                self._in_flight = 0

    def close(self) -> None:
        """Flush and disconnect."""
        try:
            self.flush()
        finally:
            self._producer.close(timeout=5)

    def _acknowledged(self, _metadata: Any) -> None:
        with self._fate:
            self.acknowledged += 1
            self._in_flight -= 1
            self._fate.notify()

    def _failed(self, error: BaseException) -> None:
        with self._fate:
            self.failures[type(error).__name__] += 1
            self._in_flight -= 1
            self._fate.notify()
