"""Watches where the partitions end, and for transactions that stay open: the stream can't read what is behind one, and would look idle."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from kafka import KafkaAdminClient

from sentistream.kafka import topic
from sentistream.kafka.connection import NoBrokerError
from sentistream.kafka.kept_connection import KeptConnection
from sentistream.kafka.reading.open_transactions import OpenTransactions
from sentistream.kafka.topic import Range, Topic
from sentistream.settings import KafkaSettings

LOOK_SECONDS = 10.0
PATIENCE_SECONDS = 2.0
"""A broker that is away has nothing to say; whoever needs it says that."""


class TransactionWatch:
    """Says which transactions of a topic are open for long.

    Args:
        settings: name the broker.
        tweets: the topic.
        seen: told at each look of each partition's last stable offset, and of what the broker holds of it.
    """

    def __init__(
        self, settings: KafkaSettings, tweets: Topic, seen: Callable[[Mapping[int, int], Mapping[int, Range]], None]
    ) -> None:
        self._connection = KeptConnection(settings.model_copy(update={"kafka_wait_seconds": PATIENCE_SECONDS}))
        self._tweets = tweets
        self._seen = seen
        self._open = OpenTransactions()

    def look(self) -> None:
        """Look once."""
        with suppress(NoBrokerError):
            self._connection.ask(self._look)

    def _look(self, admin: KafkaAdminClient) -> None:
        described = topic.describe(admin, self._tweets.name)
        # Of another topic of this name, whoever reads it says more.
        if described is not None and described.topic_id == self._tweets.topic_id:
            # In this order: what is stable is never beyond the end.
            stable = topic.stable_ends(admin, described)
            held = topic.ranges(admin, described)
            self._seen(stable, held)
            self._open.look(admin, described, stable, held)
