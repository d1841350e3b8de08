"""The Kafka topic: creating it, describing it, and which offsets the broker holds of it."""

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic, OffsetSpec
from kafka.errors import (
    KafkaError,
    RetriableError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from kafka.protocol.consumer import IsolationLevel

from sentistream.contracts.topic import TOPIC_CONFIG
from sentistream.errors import UserError
from sentistream.kafka import connection
from sentistream.process import retry
from sentistream.settings import KafkaSettings

log = structlog.get_logger()
DESCRIBED_SECONDS = 10.0
"""How long a broker may take to describe a topic, or one that it has created."""


@dataclass(frozen=True)
class Topic:
    """A topic as the broker describes it; `topic_id` changes when it is deleted and created again."""

    name: str
    topic_id: str
    partitions: tuple[int, ...]

    def with_partitions(self, numbers: Iterable[int]) -> "Topic":
        """The topic with partitions that were added to it since it was described."""
        return replace(self, partitions=tuple(sorted({*self.partitions, *numbers})))


def describe(admin: KafkaAdminClient, name: str) -> Topic | None:
    """What the broker says of a topic; None when it has none of that name.

    Raises:
        UserError: this user may not ask for it.
        KafkaError: the broker can't say now.
    """
    [description] = admin.describe_topics([name])
    code = description["error_code"]
    if code == UnknownTopicOrPartitionError.errno:
        return None
    if code == TopicAuthorizationFailedError.errno:
        raise UserError(
            f"The broker does not let this user describe the topic {name} (KAFKA_TOPIC, KAFKA_SASL_USERNAME): allow Describe and Read on it."
        )
    if code:
        raise for_code(code)(f"the broker does not describe the topic {name}")
    numbers = sorted(partition["partition_index"] for partition in description["partitions"])
    return Topic(name, str(description["topic_id"]), tuple(numbers))


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


def largest_record(settings: KafkaSettings, stopping: threading.Event | None = None) -> int:
    """How many bytes a batch of the topic, and so a record, may have.

    Raises:
        UserError: no broker answered, or it does not describe the topic's settings.
    """
    name, setting = settings.kafka_topic, "max.message.bytes"
    resource = ConfigResource(ConfigResourceType.TOPIC, name, [setting])
    try:
        configs = connection.ask(
            settings, lambda admin: admin.describe_configs([resource], config_filter="all"), stopping
        )
    except KafkaError as refused:
        raise UserError(f"The broker does not describe the topic {name} (KAFKA_TOPIC): {refused}") from refused
    return int(configs["topic"][name][setting]["value"])


def ensure(
    settings: KafkaSettings, config: Mapping[str, str] = TOPIC_CONFIG, stopping: threading.Event | None = None
) -> Topic:
    """Create the topic where it is missing, with the settings the contract asks for; describe it.

    Args:
        settings: name the broker and the topic, and its number of partitions.
        config: the topic's own settings where it has to be created.
        stopping: ends the wait for the broker, by a `StoppedError`.

    Raises:
        UserError: no broker answered, or it refuses to describe or to create the topic.
    """
    name, partitions = settings.kafka_topic, settings.kafka_topic_partitions
    until_it_can_say = retry.until_it_answers(RetriableError, DESCRIBED_SECONDS, 0.1, stopping=stopping)

    def made(admin: KafkaAdminClient) -> Topic | None:
        described: Callable[[], Topic | None] = partial(until_it_can_say, describe, admin, name)
        topic = described()
        if topic is not None:
            return topic
        with suppress(TopicAlreadyExistsError):
            admin.create_topics([NewTopic(name, partitions, 1, topic_configs=dict(config))])
            log.info("created the topic", topic=name, partitions=partitions)
        until_it_is_described = retry.until_it_is_there(DESCRIBED_SECONDS, 0.1, stopping=stopping)
        return until_it_is_described(described)

    try:
        topic = connection.ask(settings, made, stopping)
    except KafkaError as refused:
        raise UserError(f"The broker refuses the topic {name} (KAFKA_TOPIC): {refused}") from refused
    if topic is None:
        raise UserError(f"The broker created topic {name} but does not describe it.")
    return topic


@dataclass(frozen=True)
class Range:
    """The offsets that the broker holds of one partition: from `first`, up to but not including `end`."""

    first: int
    end: int


def ranges(admin: KafkaAdminClient, topic: Topic) -> dict[int, Range]:
    """What the broker holds of each partition now."""
    partitions = _partitions(topic)
    first = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
    end = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
    return {each.partition: Range(first[each].offset, end[each].offset) for each in partitions}


def stable_ends(admin: KafkaAdminClient, topic: Topic) -> dict[int, int]:
    """The last stable offset of each partition now: the first one that belongs to an open transaction or is still to be written."""
    ends = admin.list_partition_offsets(
        dict.fromkeys(_partitions(topic), OffsetSpec.LATEST), IsolationLevel.READ_COMMITTED
    )
    return {partition.partition: at.offset for partition, at in ends.items()}


def _partitions(topic: Topic) -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for number in topic.partitions]
