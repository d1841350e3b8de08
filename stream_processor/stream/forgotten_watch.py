"""Looks, beside the stream, whether the lake was asked to forget more, and has the sink know it between two batches."""

import threading
from collections.abc import Callable

import structlog

from sentistream.errors import UserError
from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.requests import Requests

log = structlog.get_logger()
LOOK_SECONDS = 1.0


class ForgottenWatch(threading.Thread):
    """Asks the lake every second what is forgotten.

    Args:
        requests: the lake's.
        topic: whose processor this is.
        take: lets nothing through any more of what is forgotten, from its return on; `lake forget` is told so by an acknowledgement in the lake.
    """

    def __init__(self, requests: Requests, topic: str, take: Callable[[Forgotten], None]) -> None:
        super().__init__(name="forgotten watch", daemon=True)
        self._requests = requests
        self._topic = topic
        self._take = take
        self._ended = threading.Event()
        self._taken = 0
        self._trouble = ""

    def run(self) -> None:
        """Look until `finish`; nothing that goes wrong here ends the stream, and without an acknowledgement nothing is removed."""
        while not self._ended.wait(LOOK_SECONDS):
            try:
                self.look()
            except UserError as refused:
                self._say(log.error, str(refused))
            except Exception as failure:  # whatever it was, the next look may succeed
                self._say(log.warning, str(failure))
            else:
                self._trouble = ""

    def look(self) -> None:
        """Look once.

        Raises:
            UserError: there is something to be forgotten, and the key is missing or another.
        """
        forgotten = self._requests.read()
        if forgotten.number != self._taken:
            self._take(forgotten)
            self._taken = forgotten.number
            log.info("tweets are forgotten", requests=forgotten.number)
        self._requests.acknowledge(self._topic)

    def finish(self) -> None:
        """Let a running look end, and take no other."""
        self._ended.set()
        if self.is_alive():
            self.join()

    def _say(self, how: Callable[..., object], trouble: str) -> None:
        """Say once what is wrong."""
        if trouble != self._trouble:
            how("can't see what is to be forgotten", reason=trouble)
        self._trouble = trouble
