"""What becomes of a question to a broker that restarts."""

from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaConnectionError, PolicyViolationError

from sentistream.kafka import connection
from sentistream.settings import KafkaSettings

SETTINGS = KafkaSettings.from_options(kafka_wait_seconds=0.2)


class Admin:
    """As kafka-python's, without a broker."""

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "connect", lambda *_: Admin())
    monkeypatch.setattr(connection, "PAUSE_SECONDS", 0.01)


def test_a_question_is_asked_again_over_another_connection_where_one_breaks_off() -> None:
    asked: list[Any] = []

    def question(admin: KafkaAdminClient) -> int:
        asked.append(admin)
        if len(asked) == 1:
            raise KafkaConnectionError("reset by peer")
        return 7

    assert connection.ask(SETTINGS, question) == 7
    assert asked[0] is not asked[1]


def test_a_broker_that_breaks_off_each_connection_is_none() -> None:
    def question(admin: KafkaAdminClient) -> None:
        raise KafkaConnectionError("reset by peer")

    with pytest.raises(connection.NoBrokerError, match="broke off each connection for 0 s"):
        connection.ask(SETTINGS, question)


def test_a_refusal_is_not_asked_again() -> None:
    asked: list[Any] = []

    def question(admin: KafkaAdminClient) -> None:
        asked.append(admin)
        raise PolicyViolationError

    with pytest.raises(PolicyViolationError):
        connection.ask(SETTINGS, question)
    assert len(asked) == 1
