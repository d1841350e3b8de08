"""confluent-kafka: librdkafka in C, several times as fast."""

from typing import Any

import orjson
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from producer.clients.fates import Fates
from producer.record import Record
from producer.settings import ProducerSettings
from sentistream import topic
from sentistream.errors import UserError
from sentistream.topic_contract import MAX_MESSAGE_BYTES

STATISTICS_MS = 1000
POLL_EVERY = 256
"""Records between two looks at what was acknowledged."""
BUFFERED_KIBIBYTES = 64 << 10
"""Of records in flight, whatever their number."""


class ConfluentClient:
    """A `Client`; its callbacks run in the thread that sends."""

    def __init__(self, settings: ProducerSettings) -> None:
        self._topic = settings.kafka_topic
        self._sent = self._retried = 0
        self.fates = Fates()
        options = {
            **_connection(settings),
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
            "delivery.timeout.ms": int(settings.delivery_timeout_seconds * 1000),
            "statistics.interval.ms": STATISTICS_MS,
            "stats_cb": self._counted,
            # What fails is counted and said at the end; its own log lines would go to standard error as they come.
            "log_level": 2,
        }
        try:
            self._producer = Producer(options)
        except KafkaException as refused:
            raise UserError(f"The producer's settings are refused: {refused}", exit_code=2) from refused

    def send(self, record: Record) -> None:
        """As `Client`."""
        while True:
            try:
                self._producer.produce(
                    self._topic, record.value, record.key, headers=list(record.headers), on_delivery=self._landed
                )
            except BufferError:
                self._producer.poll(0.05)
                continue
            except KafkaException as refused:
                self._failed(refused.args[0])
            break
        self._sent += 1
        if self._sent % POLL_EVERY == 0:
            self._producer.poll(0)

    def retried(self) -> int:
        """As `Client`."""
        return self._retried

    def flush(self, seconds: float) -> None:
        """As `Client`."""
        self._producer.flush(seconds)

    def close(self) -> None:
        """As `Client`; what is in flight is given up."""
        self._producer.purge()
        self._producer.poll(0)

    def _landed(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self.fates.acknowledged += 1
        else:
            self._failed(error)

    def _failed(self, error: KafkaError) -> None:
        self.fates.failures[error.name()] += 1

    def _counted(self, statistics: str) -> None:
        brokers = orjson.loads(statistics)["brokers"].values()
        self._retried = sum(broker.get("txretries", 0) for broker in brokers)


def _connection(settings: ProducerSettings) -> dict[str, Any]:
    """kafka-python's connection options by librdkafka's names."""
    options = topic.client_options(settings)
    found = {
        "bootstrap.servers": ",".join(options["bootstrap_servers"]),
        "security.protocol": options["security_protocol"],
    }
    if "sasl_mechanism" in options:
        found |= {
            "sasl.mechanism": options["sasl_mechanism"],
            "sasl.username": options["sasl_plain_username"],
            "sasl.password": options["sasl_plain_password"],
        }
    return found
