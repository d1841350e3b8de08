"""A connection to the broker that is kept between questions."""

import threading
from collections.abc import Callable
from typing import TypeVar

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from sentistream.kafka import connection
from sentistream.kafka.connection import NoBrokerError
from sentistream.process import retry
from sentistream.settings import KafkaSettings

Answer = TypeVar("Answer")


class KeptConnection:
    """Asks over one connection; where that breaks off, again over another. Not safe in two threads."""

    def __init__(self, settings: KafkaSettings, stopping: threading.Event | None = None) -> None:
        """Make one; it connects when it is first asked.

        Args:
            settings: name the broker, how to log in, and how long to wait for it.
            stopping: ends every wait, by a `StoppedError`.
        """
        self._settings = settings
        self._stopping = stopping
        self._admin: KafkaAdminClient | None = None

    def ask(self, question: Callable[[KafkaAdminClient], Answer]) -> Answer:
        """The answer to a question, which may be asked several times.

        Raises:
            NoBrokerError: no broker answered in time.
        """
        servers, seconds = self._settings.kafka_bootstrap_servers, self._settings.kafka_wait_seconds
        failures = (KafkaError, OSError)
        again = retry.until_it_answers(failures, seconds, connection.PAUSE_SECONDS, stopping=self._stopping)
        try:
            answer: Answer = again(self._once, question)
        except failures as failure:
            raise NoBrokerError(
                f"The broker at {servers} (KAFKA_BOOTSTRAP_SERVERS) did not answer within {seconds:.0f} s: {failure!r}."
            ) from failure
        return answer

    def close(self) -> None:
        """End the connection."""
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()

    def _once(self, question: Callable[[KafkaAdminClient], Answer]) -> Answer:
        if self._admin is None:
            self._admin = connection.connect(self._settings, self._stopping)
        try:
            return question(self._admin)
        except BaseException:
            # The next try begins with a connection of its own.
            self.close()
            raise
