"""The Kafka topic: connecting to the broker, waiting for it, creating the topic, describing it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic, OffsetSpec
from kafka.errors import KafkaError, TopicAlreadyExistsError

from sentistream.contracts.topic import TOPIC_CONFIG
from sentistream.errors import UserError
from sentistream.process import retry
from sentistream.settings import KafkaSettings

log = structlog.get_logger()
BOOTSTRAP_MILLISECONDS = 2000
"""How long one try to connect may take."""
PAUSE_SECONDS = 0.5
"""Between two tries to connect."""
DESCRIBED_SECONDS = 10.0
"""How long a broker may take to describe a topic that it has created."""


class NoBrokerError(UserError):
    """No broker answers; it may come back."""


@dataclass(frozen=True)
class Topic:
    """A topic as the broker describes it; `topic_id` changes when it is deleted and created again."""

    name: str
    topic_id: str
    partitions: tuple[int, ...]


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """The connection options of kafka-python's clients."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.startswith("SASL"):
        if not settings.kafka_sasl_username or not settings.kafka_sasl_password:
            raise UserError(
                "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set with a SASL protocol.", exit_code=2
            )
        options |= {
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
        }
    return options


def connect(settings: KafkaSettings, stopping: threading.Event | None = None) -> KafkaAdminClient:
    """Connect to the broker, waiting up to `kafka_wait_seconds` and saying what for.

    Args:
        settings: name the broker and how to log in.
        stopping: ends the wait, by a `StoppedError`.

    Raises:
        NoBrokerError: no broker answered in time.
    """
    until_the_broker_answers = retry.until_it_answers(
        (KafkaError, OSError),
        settings.kafka_wait_seconds,
        PAUSE_SECONDS,
        lambda: log.info("waiting for the Kafka broker", servers=settings.kafka_bootstrap_servers),
        stopping,
    )
    try:
        return until_the_broker_answers(
            KafkaAdminClient, **client_options(settings), bootstrap_timeout_ms=BOOTSTRAP_MILLISECONDS
        )
    except (KafkaError, OSError) as failure:
        raise NoBrokerError(
            f"No Kafka broker answered at {settings.kafka_bootstrap_servers} within "
            f"{settings.kafka_wait_seconds:.0f} s (KAFKA_BOOTSTRAP_SERVERS, or a wrong SASL user or password): {failure}"
        ) from failure


def describe(admin: KafkaAdminClient, name: str) -> Topic | None:
    """What the broker says of a topic; None when it has none of that name."""
    for description in admin.describe_topics([name]):
        if description.get("error_code", 0) == 0 and description.get("partitions"):
            numbers = sorted(partition["partition_index"] for partition in description["partitions"])
            return Topic(name, str(description["topic_id"]), tuple(numbers))
    return None


def require_broker_time(admin: KafkaAdminClient, name: str) -> None:
    """Check that the topic's timestamps are the broker's own, which the window of duplicates relies on.

    Raises:
        UserError: they are the producers'; says how to change that.
    """
    resource = ConfigResource(ConfigResourceType.TOPIC, name, ["message.timestamp.type"])
    configs = admin.describe_configs([resource], config_filter="all")
    kind = configs["topic"][name]["message.timestamp.type"]["value"]
    if kind != TOPIC_CONFIG["message.timestamp.type"]:
        raise UserError(
            f"The topic {name} has message.timestamp.type={kind}: set it to LogAppendTime (kafka-configs.sh --alter "
            f"--entity-type topics --entity-name {name} --add-config message.timestamp.type=LogAppendTime)."
        )


def ensure(
    settings: KafkaSettings, config: Mapping[str, str] = TOPIC_CONFIG, stopping: threading.Event | None = None
) -> Topic:
    """Create the topic where it is missing, with the settings the contract asks for; describe it.

    Args:
        settings: name the broker and the topic, and its number of partitions.
        config: the topic's own settings where it has to be created.
        stopping: ends the wait for the broker, by a `StoppedError`.

    Raises:
        UserError: no broker answered, or it refuses to create the topic.
    """
    admin = connect(settings, stopping)
    try:
        topic = describe(admin, settings.kafka_topic)
        if topic is not None:
            return topic
        try:
            admin.create_topics(
                [NewTopic(settings.kafka_topic, settings.kafka_topic_partitions, 1, topic_configs=dict(config))]
            )
            log.info("created the topic", topic=settings.kafka_topic, partitions=settings.kafka_topic_partitions)
        except TopicAlreadyExistsError:
            pass
        until_it_is_described = retry.until_it_is_there(DESCRIBED_SECONDS, 0.1, stopping=stopping)
        topic = until_it_is_described(describe, admin, settings.kafka_topic)
        if topic is None:
            raise UserError(f"The broker created topic {settings.kafka_topic} but does not describe it.")
        return topic
    except KafkaError as refused:
        raise UserError(f"The broker refuses the topic {settings.kafka_topic} (KAFKA_TOPIC): {refused}") from refused
    finally:
        admin.close()


@dataclass(frozen=True)
class Range:
    """The offsets that the broker holds of one partition: from `first`, up to but not including `end`."""

    first: int
    end: int


def ranges(admin: KafkaAdminClient, topic: Topic) -> dict[int, Range]:
    """What the broker holds of each partition now."""
    partitions = [TopicPartition(topic.name, number) for number in topic.partitions]
    first = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    end = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return {each.partition: Range(first[each].offset, end[each].offset) for each in partitions}
