"""The live source: an iterable of records, as long as there is budget and nobody says stop."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from producer.live.budget import Budget
from producer.live.connection import Connection
from producer.live.reader import Reader
from producer.live.settings import LiveSettings
from producer.record import Record
from sentistream.errors import UserError

log = structlog.get_logger()
LOOK_SECONDS = 0.2
"""How often a source without posts looks whether to stop."""
LEAVE_SECONDS = 5.0
"""How long a reader that was told to end may take; one that waits for X's first answer is left behind, and reads nothing."""


class LiveSource:
    """A context manager that holds the budget; iterate it once.

    Ends when `stopping` is set or the budget is used up; what was read until then is still yielded. `waiting_posts` records are kept
    between X and the consumer: a slow consumer stops the reading.
    """

    def __init__(
        self,
        settings: LiveSettings,
        stopping: threading.Event,
        connection: Connection | None = None,
        sleep: Callable[[float], object] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make a source.

        Args:
            settings: with a token and a cap.
            stopping: ends the source from outside.
            connection: one that is there already.
            sleep: waits so many seconds before the next connection.
            now: the time, in UTC; its date is the budget's day.

        Raises:
            UserError: there is no token or no cap.
        """
        settings.require_a_cap()
        self._stopping = stopping
        self._file = Path(settings.budget_file)
        self._held = ExitStack()
        self._budget = Budget(self._file, settings.price_per_post_usd, settings.max_posts, settings.max_cost_usd, now)
        connection = connection or Connection(settings.token(), settings.x_api_url, settings.silence_seconds)
        self._reader = Reader(settings, connection, self._budget, now, sleep)
        self._cost_before = Decimal(0)
        self._begun = False

    def __enter__(self) -> Self:
        """Take the budget.

        Raises:
            UserError: another process has it, or its file is damaged.
        """
        with ExitStack() as taking:
            self._cost_before = taking.enter_context(self._budget).cost_usd
            self._held = taking.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            self._reader.end()
            if self._begun:
                self._reader.report("reading ended")
            unread = self._reader.waiting.qsize()
            if unread:
                log.warning("posts that were paid for were not taken by the consumer", posts=unread)

    def __iter__(self) -> Iterator[Record]:
        """The posts' own bytes as records.

        Raises:
            UserError: X refuses in a way that a person has to mend, or the budget is used up or can't be written.
        """
        self.require_budget()
        self._begun = True
        reader = self._reader
        reading = threading.Thread(target=reader.run, name="x-reader", daemon=True)
        reading.start()
        leave_at: float | None = None
        while reading.is_alive() or not reader.waiting.empty():
            if self._stopping.is_set() and leave_at is None:
                leave_at = time.monotonic() + LEAVE_SECONDS
                reader.end()
            try:
                yield reader.waiting.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if leave_at is not None and time.monotonic() >= leave_at:
                    return
        if reader.failure is not None:
            raise reader.failure

    def require_budget(self) -> None:
        """Check that something may still be read.

        Raises:
            UserError: the budget is used up.
        """
        if self._budget.left == 0:
            raise UserError(
                f"The budget is used up: {self._budget.posts} posts, ${self._budget.cost_usd} ({self._file}). Raise --max-posts or "
                "--max-cost-usd, or begin a new budget with another BUDGET_FILE."
            )

    def summary(self) -> dict[str, object]:
        """The counts, as the producer's last line shows them."""
        return {
            "read": self.read,
            "repeated": self.repeated,
            "unreadable": self.unreadable,
            "reconnects": self.reconnects,
            "cost_usd": float(self.cost_usd),
            "budget_posts": self._budget.posts,
            "budget_cost_usd": float(self._budget.cost_usd),
            "budget_posts_left": self._budget.left,
        }

    @property
    def read(self) -> int:
        """Posts that came in this run, repeated ones included."""
        return self._reader.read

    @property
    def repeated(self) -> int:
        """Of them, posts that had come on the same UTC day already, and cost nothing again."""
        return self._reader.repeated

    @property
    def unreadable(self) -> int:
        """Of them, lines without a usable id."""
        return self._reader.unreadable

    @property
    def reconnects(self) -> int:
        """Connections after the first."""
        return self._reader.reconnects

    @property
    def lag_seconds(self) -> float | None:
        """How old the last post was when it was read; None before the first."""
        return self._reader.lag_seconds

    @property
    def cost_usd(self) -> Decimal:
        """What this run cost, in US dollars."""
        return self._budget.cost_usd - self._cost_before

    @property
    def budget(self) -> Budget:
        """What was counted over all runs."""
        return self._budget
