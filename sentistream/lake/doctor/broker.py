"""What the broker holds of the topic, to be laid beside the tables."""

from kafka.errors import KafkaError

from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.connection import NoBrokerError
from sentistream.lake.doctor.balance import OfBroker
from sentistream.settings import KafkaSettings


def held(settings: KafkaSettings) -> OfBroker | UserError | None:
    """What the broker holds of the topic; why it does not let us in; None where it does not answer, or has no such topic."""
    try:
        admin = connection.connect(settings)
    except NoBrokerError:
        return None
    except UserError as refused:
        return refused
    try:
        described = topic.describe(admin, settings.kafka_topic)
        if described is None:
            return None
        return OfBroker(described, topic.ranges(admin, described))
    except (KafkaError, UserError):
        return None
    finally:
        admin.close()
