"""The fate of each record that was handed to a client: acknowledged or failed."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from producer.record import Record
from sentistream.errors import UserError


@dataclass
class Fates:
    """Counted by the client, in its own thread; read by anyone."""

    acknowledged: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """Records that the broker never acknowledged, by the error's name."""
    refusal: UserError | None = None
    """Why broker and client refuse each other, where the client says that; all that is in flight is given up then."""

    @property
    def failed(self) -> int:
        """All of them."""
        return sum(self.failures.values())


STOPPING_SECONDS = 10.0
"""How long the last records may take once it was told to stop: less than containers are given."""


class Client(Protocol):
    """Idempotent, acknowledged by all replicas, with the murmur2 partitioner; at most so many records in flight."""

    fates: Fates

    def send(self, record: Record) -> bool:
        """Hand a record over; waits while too many are in flight, and is False where it was told to stop meanwhile."""

    def retried(self) -> int:
        """Requests that were sent again."""

    def flush(self, seconds: float) -> None:
        """Wait until every record is acknowledged or has failed, but not longer than that; once told to stop, some seconds."""

    def close(self) -> None:
        """Disconnect."""
