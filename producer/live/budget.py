"""What may be read, counted over all runs in one small file.

Posts are set aside in the file, durably, before they are read: a run that is killed leaves a few too many counted, never too few. The file is
replaced whole (https://docs.x.com/x-api/getting-started/pricing has what X takes; a post read again on the same UTC day costs nothing).
"""

import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sentistream.errors import UserError
from sentistream.process import disk, file_lock

ASSUMES = (
    "X bills a post when it is delivered; the same id again on the same UTC day is free, by this machine's clock.",
    "Posts that X sent and that were not read when a connection ended are not known here.",
    "Other programs and other apps on the same account are not counted here.",
)
SET_ASIDE_SHARE, SET_ASIDE_MOST = 100, 500
"""A hundredth of what is left is set aside at once, at most this many posts: a kill costs 1 % of the rest, and writing stays rare."""
log = structlog.get_logger()


class Admission(Enum):
    """What the budget says of a post."""

    NEW = "new"
    REPEATED = "repeated"
    REFUSED = "refused"


class State(BaseModel):
    """The file: counts include what is set aside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    assumes: tuple[str, ...] = ASSUMES
    price_per_post_usd: Decimal = Field(Decimal(0), ge=0)
    posts: int = Field(0, ge=0)
    cost_usd: Decimal = Field(Decimal(0), ge=0)
    set_aside: int = Field(0, ge=0)
    utc_day: date
    saved_at: datetime
    ids_of_the_day: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if len(self.ids_of_the_day) > self.posts or self.set_aside > self.posts:
            raise ValueError("fewer posts than ids")
        return self


class Budget:
    """A context manager that alone may count into its file."""

    def __init__(
        self,
        file: Path,
        price: Decimal,
        max_posts: int | None,
        max_cost: Decimal | None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._file = file
        self._price = price
        self._max_posts = max_posts
        self._max_cost = max_cost
        self._now = now
        self._lock = threading.Lock()
        self._held = ExitStack()
        self._set_aside = 0
        self._closed = self._is_new = False
        self.posts = 0
        """Posts counted by now, over all runs."""
        self.cost_usd = Decimal(0)
        """What they cost, in US dollars."""
        self.last_used: datetime | None = None
        """When the file was last written before this run."""
        self._day = now().date()
        self._ids: set[int] = set()

    def __enter__(self) -> Self:
        """Take the file.

        Raises:
            UserError: another process has it, it is damaged, or it can't be read or written.
        """
        taken = f"Another producer (process {{owner}}) counts into {self._file} (BUDGET_FILE): stop it, or choose another file."
        with ExitStack() as taking:
            taking.enter_context(file_lock.held(self._file.with_name(self._file.name + ".lock"), taken))
            self._load()
            self._held = taking.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            self._settle()

    @property
    def left(self) -> int:
        """Posts that may still be read."""
        limits = []
        if self._max_posts is not None:
            limits.append(self._max_posts - self.posts)
        if self._max_cost is not None:
            limits.append(int((self._max_cost - self.cost_usd) // self._price))
        return max(0, min(limits, default=0))

    def admit(self, post_id: int | None) -> Admission:
        """Count a post before it is passed on; None is a post whose id can't be read.

        Raises:
            UserError: the file can't be written.
        """
        with self._lock:
            if self._closed:
                return Admission.REFUSED
            self._turn_the_day()
            if post_id is not None and post_id in self._ids:
                return Admission.REPEATED
            if not self._set_aside:
                if not self.left:
                    return Admission.REFUSED
                ahead = min(max(1, self.left // SET_ASIDE_SHARE), SET_ASIDE_MOST)
                self._write(ahead)
                self._set_aside = ahead
            self._set_aside -= 1
            self.posts += 1
            self.cost_usd += self._price
            if post_id is not None:
                self._ids.add(post_id)
            return Admission.NEW

    def _settle(self) -> None:
        with self._lock:
            self._closed = True
            if self.posts:
                self._write(0)

    def _turn_the_day(self) -> None:
        today = self._now().date()
        if today != self._day:
            self._day = today
            self._ids.clear()

    def _load(self) -> None:
        try:
            state = State.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            self._is_new = True
            return
        except OSError as refused:
            raise UserError(f"{self._file} (BUDGET_FILE) can't be read: {refused.strerror}.") from refused
        except ValidationError as damaged:
            raise UserError(
                f"{self._file} (BUDGET_FILE) is damaged, and what was spent is not known without it: put a copy back, or delete it to begin "
                "a new budget."
            ) from damaged
        self.posts, self.cost_usd, self.last_used = state.posts, state.cost_usd, state.saved_at
        if state.utc_day == self._day:
            self._ids = set(state.ids_of_the_day)
        if state.set_aside:
            log.warning("the last run was killed: posts it had set aside count as read", posts=state.set_aside)

    def _write(self, set_aside: int) -> None:
        state = State(
            price_per_post_usd=self._price,
            posts=self.posts + set_aside,
            cost_usd=self.cost_usd + set_aside * self._price,
            set_aside=set_aside,
            utc_day=self._day,
            saved_at=self._now(),
            ids_of_the_day=tuple(self._ids),
        )
        fresh = self._file.with_name(self._file.name + ".new")
        try:
            with fresh.open("wb") as written:
                written.write(state.model_dump_json(indent=1).encode())
                written.flush()
                os.fsync(written.fileno())
            fresh.replace(self._file)
            folder = os.open(self._file.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as refused:
            why = disk.refused(refused, {"BUDGET_FILE": self._file}) or refused.strerror
            raise UserError(f"{self._file} (BUDGET_FILE) can't be written, so nothing more is read: {why}") from refused
        if self._is_new:
            self._is_new = False
            log.info("a new budget begins", file=str(self._file))
