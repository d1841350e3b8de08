"""What a broker's answer says of a topic."""

from types import SimpleNamespace
from typing import Any

import pytest
from kafka.errors import InvalidTopicError, KafkaError, LeaderNotAvailableError, UnknownError

from sentistream.errors import UserError
from sentistream.kafka import topic
from sentistream.kafka.topic import Topic


def answering(code: int, *partitions: int) -> Any:
    described = {
        "error_code": code,
        "topic_id": "an id",
        "partitions": [{"partition_index": number} for number in partitions],
    }
    return SimpleNamespace(describe_topics=lambda names: [{"name": names[0], **described}])


def test_a_topic_is_described_with_its_id_and_partitions() -> None:
    assert topic.describe(answering(0, 1, 0), "tweets") == Topic("tweets", "an id", (0, 1))


def test_a_topic_is_missing_only_where_the_broker_says_so() -> None:
    assert topic.describe(answering(3), "tweets") is None


@pytest.mark.parametrize(("code", "error"), [(5, LeaderNotAvailableError), (17, InvalidTopicError), (-1, UnknownError)])
def test_a_broker_that_can_not_say_is_no_missing_topic(code: int, error: type[KafkaError]) -> None:
    with pytest.raises(error):
        topic.describe(answering(code), "tweets")


def test_a_topic_that_may_not_be_described_is_said_in_a_sentence() -> None:
    with pytest.raises(
        UserError, match=r"does not let this user describe the topic tweets .*: allow Describe and Read"
    ):
        topic.describe(answering(29), "tweets")
