"""The producer's heartbeat: beats while the broker describes the topic and acknowledges what is published."""

import structlog
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from producer.publisher import Publisher
from producer.settings import ProducerSettings
from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.process.heartbeat import Heartbeat

EVERY_SECONDS = 5.0
"""How often `look` is called beside the publishing."""
log = structlog.get_logger()


class Pulse:
    """Sees whether records land, says so when they don't, and beats while all is well."""

    def __init__(self, settings: ProducerSettings, publisher: Publisher) -> None:
        # A broker that is away is no reason to wait here: the next look asks again.
        self._settings = settings.model_copy(update={"kafka_wait_seconds": 0})
        self._publisher = publisher
        self._heartbeat = Heartbeat(settings.heartbeat_file)
        self._admin: KafkaAdminClient | None = None
        self._acknowledged = -1
        self._silent_looks = 0
        self._stuck = False

    def look(self) -> None:
        """Look once. It may take as long as the broker takes not to answer."""
        silent = self._publisher.in_flight > 0 and self._publisher.acknowledged == self._acknowledged
        self._silent_looks = self._silent_looks + 1 if silent else 0
        # A record that was sent just now is not acknowledged yet: one look tells nothing.
        self._say(stuck=self._silent_looks > 1)
        self._acknowledged = self._publisher.acknowledged
        if self._settings.heartbeat_file is not None and self._topic_is_there() and not self._stuck:
            self._heartbeat.beat()

    def _say(self, stuck: bool) -> None:
        if stuck and not self._stuck:
            log.warning(
                "the broker acknowledges nothing; nothing is lost, reading waits",
                servers=self._settings.kafka_bootstrap_servers,
                unacknowledged=self._publisher.in_flight,
            )
        elif self._stuck and not stuck:
            log.info("the broker acknowledges again")
        self._stuck = stuck

    def _topic_is_there(self) -> bool:
        try:
            self._admin = self._admin or connection.connect(self._settings)
            return topic.describe(self._admin, self._settings.kafka_topic) is not None
        except (KafkaError, UserError, OSError):
            if self._admin is not None:
                self._admin.close()
            self._admin = None
            return False
