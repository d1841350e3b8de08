"""The producer's sign of life: beats while the broker describes the topic and acknowledges what is published."""

import threading

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from producer.publisher import Publisher
from producer.settings import ProducerSettings
from sentistream import topic
from sentistream.errors import UserError
from sentistream.heartbeat import Heartbeat

EVERY_SECONDS = 5.0


class Pulse(threading.Thread):
    """Asks the broker every few seconds, as long as the process lives; does nothing without a heartbeat file."""

    def __init__(self, settings: ProducerSettings, publisher: Publisher) -> None:
        super().__init__(name="pulse", daemon=True)
        # A broker that is away is no reason to wait here: the next round asks again.
        self._settings = settings.model_copy(update={"kafka_wait_seconds": 0})
        self._publisher = publisher
        self._heartbeat = Heartbeat(settings.heartbeat_file)
        self._ended = threading.Event()

    def run(self) -> None:
        """Beat until `finish`."""
        if self._settings.heartbeat_file is None:
            return
        admin: KafkaAdminClient | None = None
        acknowledged = -1
        while True:
            stuck = self._publisher.in_flight > 0 and self._publisher.acknowledged == acknowledged
            acknowledged = self._publisher.acknowledged
            try:
                admin = admin or topic.connect(self._settings)
                if topic.describe(admin, self._settings.kafka_topic) is not None and not stuck:
                    self._heartbeat.beat()
            except (KafkaError, UserError, OSError):
                if admin is not None:
                    admin.close()
                admin = None
            if self._ended.wait(EVERY_SECONDS):
                return

    def finish(self) -> None:
        """End after the running round."""
        self._ended.set()
