"""The connection to the Kafka broker: its options, and the wait for a broker that does not answer yet."""

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, TypeVar

import structlog
from kafka import KafkaAdminClient
from kafka.errors import Cancelled, KafkaConnectionError, KafkaError, NodeNotReadyError

from sentistream.errors import UserError
from sentistream.kafka import client_config, refusal
from sentistream.kafka.client_credentials import TokenError
from sentistream.kafka.knock import CONNECT_MILLISECONDS, Knock, speaks_tls
from sentistream.process import retry
from sentistream.settings import KafkaSettings

log = structlog.get_logger()
Answer = TypeVar("Answer")
BOOTSTRAP_MILLISECONDS = 2000
"""How long one try to connect may take, without TLS and login."""
PAUSE_SECONDS = 0.5
"""Between two tries to connect."""
BROKEN_OFF = (KafkaConnectionError, NodeNotReadyError, Cancelled)
"""What kafka-python raises where a connection breaks, as by a broker that restarts."""


class NoBrokerError(UserError):
    """No broker answers; it may come back."""


def connect(settings: KafkaSettings, stopping: threading.Event | None = None) -> KafkaAdminClient:
    """Connect to the broker, waiting up to `kafka_wait_seconds` and saying what for.

    Args:
        settings: name the broker and how to log in.
        stopping: ends the wait, by a `StoppedError`.

    Raises:
        NoBrokerError: no broker answered in time.
        BrokerRefusedError: broker and client refuse each other: certificate, login or protocol.
        TokenRefusedError: the token endpoint grants no token.
    """
    options = client_config.kafka_python(settings)
    door = Knock(settings, options)

    def connected() -> KafkaAdminClient:
        if settings.kafka_security_protocol == "PLAINTEXT":
            return _plainly(settings, options)
        door.knock()
        return KafkaAdminClient(**options, bootstrap_timeout_ms=CONNECT_MILLISECONDS)

    until_the_broker_answers = retry.until_it_answers(
        (KafkaError, OSError, TokenError),
        settings.kafka_wait_seconds,
        PAUSE_SECONDS,
        lambda: log.info("waiting for the Kafka broker", servers=settings.kafka_bootstrap_servers),
        stopping,
    )
    try:
        return until_the_broker_answers(connected)
    except (KafkaError, OSError, TokenError) as failure:
        raise NoBrokerError(
            f"No Kafka broker answered at {settings.kafka_bootstrap_servers} within "
            f"{settings.kafka_wait_seconds:.0f} s (KAFKA_BOOTSTRAP_SERVERS): {failure}"
        ) from failure


def _plainly(settings: KafkaSettings, options: Mapping[str, Any]) -> KafkaAdminClient:
    try:
        return KafkaAdminClient(**options, bootstrap_timeout_ms=BOOTSTRAP_MILLISECONDS)
    except KafkaError as failure:
        if speaks_tls(settings):
            raise refusal.refused(settings, refusal.WANTS_TLS) from failure
        raise


def ask(
    settings: KafkaSettings, question: Callable[[KafkaAdminClient], Answer], stopping: threading.Event | None = None
) -> Answer:
    """Ask the broker over a connection of its own, and all of it again over another where that breaks off.

    Args:
        settings: name the broker, how to log in, and how long to wait for it.
        question: what to ask; it may be asked several times.
        stopping: ends the wait, by a `StoppedError`.

    Raises:
        NoBrokerError: no broker answered in time.
        BrokerRefusedError: broker and client refuse each other.
        TokenRefusedError: the token endpoint grants no token.
        KafkaError: it answered by a refusal.
    """

    def once() -> Answer:
        with closing(connect(settings, stopping)) as admin:
            return question(admin)

    until_it_holds = retry.until_it_answers(BROKEN_OFF, settings.kafka_wait_seconds, PAUSE_SECONDS, stopping=stopping)
    try:
        return until_it_holds(once)
    except BROKEN_OFF as failure:
        raise NoBrokerError(
            f"The Kafka broker at {settings.kafka_bootstrap_servers} (KAFKA_BOOTSTRAP_SERVERS) broke off each connection for "
            f"{settings.kafka_wait_seconds:.0f} s: {failure}"
        ) from failure
