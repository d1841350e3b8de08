"""One try to connect and to log in, for the reason why it fails: kafka-python's clients log that, and go on trying."""

import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from kafka.errors import KafkaConnectionError, KafkaError
from kafka.net.connection import KafkaConnection
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from sentistream.kafka import refusal
from sentistream.kafka.refusal import Reason
from sentistream.settings import KafkaSettings

CONNECT_MILLISECONDS = 10_000
"""How long a connection with its login may take: there may be an ocean and a token endpoint between."""
TLS_SECONDS = 2.0
"""How long a server may take to say whether it speaks TLS."""


class Knock:
    """Knocks at the bootstrap servers; one object for all tries of a wait."""

    def __init__(self, settings: KafkaSettings, options: Mapping[str, Any]) -> None:
        """Make one.

        Args:
            settings: for what is said.
            options: of a kafka-python client.
        """
        self._settings = settings
        self._options = options
        self._reason: Reason | None = None
        self._since = 0.0

    def knock(self) -> None:
        """Connect to any of the servers, and log in.

        Raises:
            BrokerRefusedError: broker and client refuse each other.
            TokenRefusedError: the token endpoint grants no token.
            TokenError: the token endpoint does not answer.
            KafkaError: none of the servers can be reached now.
            OSError: the same.
        """
        failures: list[Exception] = []
        with closing(NetworkSelector()) as net:
            manager = KafkaConnectionManager(net, **self._options)
            try:
                for server in manager.cluster.bootstrap_brokers():
                    try:
                        net.run(_connected, manager, server.node_id)
                    except (KafkaError, OSError) as unreached:
                        failures.append(unreached)
                    else:
                        return
            finally:
                manager.close()
        for failure in failures:
            self._raise_where_refused(failure)
        raise failures[-1]

    def _raise_where_refused(self, failure: Exception) -> None:
        reason = refusal.recognised(f"{type(failure).__name__}: {failure}")
        if reason is not self._reason:
            self._reason, self._since = reason, time.monotonic()
        if reason is not None and time.monotonic() - self._since >= reason.seconds:
            raise refusal.refused(self._settings, reason) from failure


def speaks_tls(settings: KafkaSettings) -> bool:
    """Whether one of the bootstrap servers, which does not answer without TLS, answers with it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Nothing is said to it, whoever it is.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for server in settings.kafka_bootstrap_servers.split(","):
        host, _, port = server.rpartition(":")
        try:
            with (
                socket.create_connection((host, int(port)), TLS_SECONDS) as plain,
                context.wrap_socket(plain, server_hostname=host),
            ):
                return True
        except (OSError, OverflowError):
            continue
    return False


async def _connected(manager: KafkaConnectionManager, node: str) -> None:
    connection: KafkaConnection = manager.get_connection(node, CONNECT_MILLISECONDS, refresh_metadata_on_err=False)
    try:
        await connection
    except KafkaConnectionError as failure:
        # kafka-python loses the broker's refusal where the end of the connection comes along with it.
        if connection.sasl_enabled and connection.broker_version_data is not None:
            raise KafkaConnectionError("The login was broken off") from failure
        raise
