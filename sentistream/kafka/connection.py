"""The connection to the Kafka broker: its options, and the wait for a broker that does not answer yet."""

import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

import structlog
from kafka import KafkaAdminClient
from kafka.errors import Cancelled, KafkaConnectionError, KafkaError, NodeNotReadyError

from sentistream.errors import UserError
from sentistream.process import retry
from sentistream.settings import KafkaSettings

log = structlog.get_logger()
Answer = TypeVar("Answer")
BOOTSTRAP_MILLISECONDS = 2000
"""How long one try to connect may take."""
PAUSE_SECONDS = 0.5
"""Between two tries to connect."""
BROKEN_OFF = (KafkaConnectionError, NodeNotReadyError, Cancelled)
"""What kafka-python raises where a connection breaks, as by a broker that restarts."""


class NoBrokerError(UserError):
    """No broker answers; it may come back."""


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


def librdkafka_options(settings: KafkaSettings) -> dict[str, Any]:
    """The same options by librdkafka's names."""
    options = client_options(settings)
    translated = {
        "bootstrap.servers": ",".join(options["bootstrap_servers"]),
        "security.protocol": options["security_protocol"],
    }
    if "sasl_mechanism" in options:
        translated |= {
            "sasl.mechanism": options["sasl_mechanism"],
            "sasl.username": options["sasl_plain_username"],
            "sasl.password": options["sasl_plain_password"],
        }
    return translated


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
