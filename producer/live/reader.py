"""Reads X: one connection after another, every post counted against the budget before it is passed on."""

import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from producer.live.backoff import Backoff
from producer.live.budget import Admission, Budget
from producer.live.connection import Connection, Ending
from producer.live.payload import Message, made_at, read
from producer.live.refusals import TOO_MANY_CONNECTIONS, refusal
from producer.live.settings import LiveSettings
from producer.record import Record
from sentistream.errors import UserError

log = structlog.get_logger()


class Reader:
    """Its `run`, in a thread of its own, fills `waiting` with records until `end`, the budget's end, or a refusal that a person has to mend (`failure`)."""

    def __init__(
        self,
        settings: LiveSettings,
        connection: Connection,
        budget: Budget,
        now: Callable[[], datetime],
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        """Make a reader.

        Args:
            settings: how to read.
            connection: what to read.
            budget: taken before `run`.
            now: the time, in UTC.
            sleep: waits so many seconds before the next connection; by default until `end` at most.
        """
        self._settings = settings
        self._connection = connection
        self._budget = budget
        self._now = now
        self._ended = threading.Event()
        self._sleep = sleep or self._ended.wait
        self._backoff = Backoff()
        self._backfill = 0
        self._brought = False
        self._told: Ending | None = None
        self._slow = False
        self._report_due = time.monotonic() + settings.report_seconds
        self.waiting: queue.Queue[Record] = queue.Queue(settings.waiting_posts)
        self.failure: BaseException | None = None
        self.read = 0
        """Posts that came, repeated ones included."""
        self.repeated = 0
        """Posts that came again on the same UTC day."""
        self.unreadable = 0
        """Of the posts, lines without a usable id; they go on, to be rejected with their bytes."""
        self.reconnects = 0
        """Connections after the first."""
        self.lag_seconds: float | None = None
        """How old the last post was when it was read; None before the first."""

    def end(self) -> None:
        """Read nothing more; what was read stays in `waiting`."""
        self._ended.set()
        self._connection.end()

    def run(self) -> None:
        """Read until there is a reason to end."""
        try:
            self._backfill = self._missed_minutes()
            while True:
                self._told = None
                ending = self._connection.run(self._line, self._accepted, self._backfill)
                if self._over():
                    return
                ending = self._told or ending
                seconds = self._wait_after(ending)
                log.warning("connecting to X again", after=ending.reason, in_seconds=round(seconds, 2))
                self._sleep(seconds)
                if self._over():
                    return
                self.reconnects += 1
                self._backfill = self._settings.backfill_minutes
        except Exception as failure:  # the consumer's thread raises it
            self.failure = failure

    def _over(self) -> bool:
        return self._ended.is_set() or self._budget.left == 0

    def _missed_minutes(self) -> int:
        """Backfill for the first connection, too, where the last run ended that lately."""
        last, minutes = self._budget.last_used, self._settings.backfill_minutes
        return minutes if last is not None and self._now() - last <= timedelta(minutes=minutes) else 0

    def _wait_after(self, ending: Ending) -> float:
        if ending.status is None:
            return self._backoff.after_network_error()
        if not self._brought and any(each.too_many_connections for each in ending.problems):
            raise UserError(TOO_MANY_CONNECTIONS)
        refused = refusal(ending.status, ending.problems)
        if refused is not None:
            raise refused
        return self._backoff.after_http_error(ending.status, ending.headers, self._now().timestamp())

    def _accepted(self) -> None:
        log.info("connected to X", backfill_minutes=self._backfill)

    def _line(self, line: bytes) -> None:
        self._report()
        arrived = read(line) if line else None
        if isinstance(arrived, Message):
            self._heed(arrived)
            return
        self._backoff.reset()
        self._brought = True
        if arrived is None:
            return
        admission = self._budget.admit(arrived.post_id)
        if admission is not Admission.REFUSED:
            self.read += 1
            self.repeated += admission is Admission.REPEATED
            if arrived.post_id is None:
                self.unreadable += 1
            else:
                self.lag_seconds = self._now().timestamp() - made_at(arrived.post_id)
            self._pass_on(arrived.record)
        if self._budget.left == 0:
            self._connection.leave()

    def _heed(self, message: Message) -> None:
        for said in message.problems or ("a line without a post, and without a reason",):
            log.warning("X says", what=str(said))
        if any(each.too_many_connections for each in message.problems):
            self._told = Ending("TooManyConnections", 429, message.problems)
        elif any(each.operational_disconnect for each in message.problems):
            self._told = Ending("operational disconnect")
        if self._told is not None:
            self._connection.leave()

    def _pass_on(self, record: Record) -> None:
        if self.waiting.full() and not self._slow:
            self._slow = True
            log.warning(
                "Kafka is slower than X: reading waits, nothing is dropped here; X ends a connection that stays behind"
            )
        self.waiting.put(record)

    def _report(self) -> None:
        if time.monotonic() >= self._report_due:
            self._report_due = time.monotonic() + self._settings.report_seconds
            self.report("reading")

    def report(self, event: str) -> None:
        """Log what was read and what it costs."""
        log.info(
            event,
            read=self.read,
            repeated=self.repeated,
            posts_counted=self._budget.posts,
            cost_usd=str(self._budget.cost_usd),
            posts_left=self._budget.left,
        )
