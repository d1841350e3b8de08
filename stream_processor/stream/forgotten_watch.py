"""Watches the erasure requests beside the stream, and tells the sink of new ones between two batches."""

from collections.abc import Callable

import structlog

from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.requests import Requests

log = structlog.get_logger()
LOOK_SECONDS = 1.0
"""How often the lake is asked beside the stream."""


class ForgottenWatch:
    """Knows what the sink was told; `look` asks the lake for more.

    Args:
        requests: the lake's.
        topic: whose processor this is.
        take: drops forgotten tweets from its return on; an acknowledgement in the lake tells `lake forget` so.
    """

    def __init__(self, requests: Requests, topic: str, take: Callable[[Forgotten], None]) -> None:
        self._requests = requests
        self._topic = topic
        self._take = take
        self._taken = 0

    def look(self) -> None:
        """Look once. Without the acknowledgement at its end nothing is removed, whatever is raised here.

        Raises:
            UserError: there is something to be forgotten, and the key is missing or another.
        """
        forgotten = self._requests.read()
        if forgotten.number != self._taken:
            self._take(forgotten)
            self._taken = forgotten.number
            log.info("tweets are forgotten", requests=forgotten.number)
        self._requests.acknowledge(self._topic)
