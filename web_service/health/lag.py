"""How many records the broker holds that silver does not have yet, where the broker can be asked."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sentistream.errors import UserError
from sentistream.kafka.topic import Range
from sentistream.lake.doctor import broker
from sentistream.lake.doctor.balance import Counted, OfBroker, Partition, reached
from sentistream.settings import KafkaSettings

PATIENCE_SECONDS = 0.6
"""That a page waits for the broker; what it answers later is for the next one."""
FRESH_SECONDS, AWAY_SECONDS = 2.0, 15.0
"""So long an answer holds, and that there is none: many viewers ask the broker no more than one."""


@dataclass(frozen=True)
class Behind:
    """One partition of the topic as the broker has it now."""

    number: int
    outstanding: int
    """Records that are to be scored; below 0 where silver has read more than the broker has, of a topic that lost records."""


@dataclass(frozen=True)
class Lag:
    """Of every partition."""

    partitions: tuple[Behind, ...]
    is_recreated: bool
    """Whether silver's records are of an earlier topic of this name, and of this one none."""

    @property
    def outstanding(self) -> int:
        """Records of all partitions."""
        return sum(each.outstanding for each in self.partitions)


class Broker:
    """Asks the broker in a thread, once at a time for all viewers.

    Args:
        settings: name the broker and the topic.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        # Tried once: who looks again asks again.
        self._settings = settings.model_copy(update={"kafka_wait_seconds": 0})
        self._asking: asyncio.Task[OfBroker | UserError | None] | None = None
        self._holds_until = 0.0

    @property
    def topic(self) -> str:
        """Its name."""
        return self._settings.kafka_topic

    async def held(self) -> OfBroker | str:
        """What the broker holds of the topic, or a sentence that says why that is not known."""
        if self._asking is None or (self._asking.done() and time.monotonic() > self._holds_until):
            self._asking = asyncio.create_task(self._ask())
        await asyncio.wait([self._asking], timeout=PATIENCE_SECONDS)
        servers = self._settings.kafka_bootstrap_servers
        if not self._asking.done():
            return f"The broker at {servers} (KAFKA_BOOTSTRAP_SERVERS) has not answered yet."
        found = self._asking.result()
        if found is None:
            return f"No broker answers at {servers} (KAFKA_BOOTSTRAP_SERVERS), or it has no topic {self.topic} (KAFKA_TOPIC)."
        return str(found) if isinstance(found, UserError) else found

    async def _ask(self) -> OfBroker | UserError | None:
        found = await asyncio.to_thread(broker.held, self._settings)
        self._holds_until = time.monotonic() + (FRESH_SECONDS if isinstance(found, OfBroker) else AWAY_SECONDS)
        return found


def of(parts: Mapping[Partition, Counted], held: OfBroker) -> Lag:
    """What the broker holds beside what silver has read."""
    name, topic_id = held.topic.name, held.topic.topic_id
    ids = {each for (topic, _), counts in parts.items() if topic == name for each in counts.by_id}

    def behind(number: int, there: Range) -> Behind:
        last = reached(parts.get((name, number), Counted()), topic_id, there.first)
        return Behind(number, there.end - 1 - last)

    partitions = tuple(behind(number, there) for number, there in sorted(held.ranges.items()))
    return Lag(partitions, bool(ids) and topic_id not in ids)
