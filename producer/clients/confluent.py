"""confluent-kafka: librdkafka in C, several times as fast."""

import threading
import time

import orjson
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from producer.clients.fates import STOPPING_SECONDS, Fates
from producer.record import Record
from producer.settings import ProducerSettings
from sentistream.contracts.topic import MAX_MESSAGE_BYTES
from sentistream.errors import UserError
from sentistream.kafka import client_config, refusal

STATISTICS_MS = 5000
LOOK_SECONDS = 0.2
FULL_SECONDS = 0.01
"""How long a full queue is left alone."""
BUFFERED_KIBIBYTES = 64 << 10
"""Of records in flight, whatever their number."""


class ConfluentClient:
    """A `Client`; its callbacks run in a thread of its own, also while nothing is sent.

    librdkafka would give records up one by one and go on with those behind them. Here all that are in flight are given up
    together, once nothing was acknowledged for `delivery_timeout_seconds`: a gap is never hidden by what comes after it.
    """

    def __init__(self, settings: ProducerSettings, stopping: threading.Event) -> None:
        self._settings = settings
        self._topic = settings.kafka_topic
        self._stopping = stopping
        self._patience = settings.delivery_timeout_seconds
        self._ended = threading.Event()
        self._counting = threading.Lock()
        self._retried = 0
        self.fates = Fates()
        options = {
            **client_config.librdkafka(settings),
            "enable.idempotence": True,
            "acks": "all",
            # kafka-python's and Java's partitioner, so that a key's partition does not depend on the client.
            "partitioner": "murmur2_random",
            "compression.type": settings.compression,
            "linger.ms": settings.linger_ms,
            "batch.size": settings.batch_bytes,
            "message.max.bytes": MAX_MESSAGE_BYTES,
            "queue.buffering.max.messages": settings.max_unacknowledged,
            "queue.buffering.max.kbytes": BUFFERED_KIBIBYTES,
            # Never by itself: see above.
            "delivery.timeout.ms": 0,
            "statistics.interval.ms": STATISTICS_MS,
            "stats_cb": self._counted,
            "error_cb": self._erred,
            # What fails is counted and said at the end; its own log lines would go to standard error as they come.
            "log_level": 2,
        }
        try:
            self._producer = Producer(options)
        except KafkaException as refused:
            raise UserError(f"The producer's settings are refused: {refused}", exit_code=2) from refused
        self._server = threading.Thread(target=self._serve, name="kafka callbacks", daemon=True)
        self._server.start()

    def send(self, record: Record) -> bool:
        """As `Client`."""
        while True:
            try:
                self._producer.produce(
                    self._topic, record.value, record.key, headers=list(record.headers), on_delivery=self._landed
                )
            except BufferError:
                if self._stopping.is_set():
                    return False
                time.sleep(FULL_SECONDS)
            except KafkaException as refused:
                self._failed(refused.args[0])
                return True
            else:
                return True

    def retried(self) -> int:
        """As `Client`."""
        return self._retried

    def flush(self, seconds: float) -> None:
        """As `Client`."""
        deadline = time.monotonic() + seconds
        stopping = False
        while len(self._producer):
            if self._stopping.is_set() and not stopping:
                stopping, deadline = True, min(deadline, time.monotonic() + STOPPING_SECONDS)
            if time.monotonic() >= deadline:
                self._producer.purge()
                deadline = float("inf")
            time.sleep(FULL_SECONDS)

    def close(self) -> None:
        """As `Client`."""
        self._ended.set()
        self._server.join()

    def _serve(self) -> None:
        settled, since = 0, time.monotonic()
        while not self._ended.is_set():
            self._producer.poll(LOOK_SECONDS)
            if self.fates.refusal is not None:
                self._producer.purge()
            fates = self.fates.acknowledged + self.fates.failed
            if fates != settled or not len(self._producer):
                settled, since = fates, time.monotonic()
            elif time.monotonic() - since > self._patience:
                self._producer.purge()

    def _landed(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self.fates.acknowledged += 1
        else:
            self._failed(error)

    def _failed(self, error: KafkaError) -> None:
        with self._counting:
            self.fates.failures[error.name()] += 1

    def _erred(self, error: KafkaError) -> None:
        reason = refusal.recognised(error.str())
        if reason is not None and reason.is_certain and self.fates.refusal is None:
            self.fates.refusal = refusal.refused(self._settings, reason)

    def _counted(self, statistics: str) -> None:
        brokers = orjson.loads(statistics)["brokers"].values()
        self._retried = sum(broker.get("txretries", 0) for broker in brokers)
