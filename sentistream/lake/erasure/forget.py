"""The steps of `lake forget`, idempotent: killed between any two, the same call again finishes it.

The requests are recorded first, so that from then on nothing can come back; then every running processor says that it has seen them, and
only then is anything removed.
"""

import math
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sentistream.errors import UserError
from sentistream.lake.erasure import key, raw, removal_log, scored_and_rejected
from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.requests import WHERE, Requests, Subjects
from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.lake.schema import migrate
from sentistream.lake.tables import RAW, REJECTED, SCORED, Table
from sentistream.process import disk
from sentistream.process.retry import until_it_is_there
from sentistream.settings import AuditSettings

PATIENCE_SECONDS = 90.0
"""A processor looks every second; one that is just starting does when its JVM is up."""
NO_LOCK_SECONDS = 10.0
"""What stands in on an object store, where nobody can tell whether a processor runs."""
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Outcome:
    """What one call did, with what a killed one had not written down; None where it was left to the process that keeps bronze."""

    request: str
    scored: int
    rejected: int
    raw: int | None


@dataclass(frozen=True)
class Erasure:
    """How to erase in one lake.

    Args:
        lake: where.
        settings: hold FORGET_KEY.
        wait: whether to wait for the process that keeps bronze, where there is one.
        say: told what is waited for.
    """

    lake: Lake
    settings: AuditSettings
    wait: bool
    say: Callable[[str], object]

    def forget(self, subjects: Subjects) -> Outcome:
        """Forget tweets in every table.

        Raises:
            UserError: there is no lake, the key is missing or another, here or in a running process, or a processor does not see the request.
            DiskError: the disk takes nothing more; says what was removed and what not, and the same call again goes on.
        """
        migrate.require_not_newer(self.lake)
        for table in (SCORED, REJECTED):
            self.lake.require(table)
        self.lake.open(RAW)
        with ExitStack() as stack:
            with self._cut_short("Nothing was recorded or removed."):
                stack.enter_context(lake_lock.only_forgetter(self.lake))
                now = datetime.now(UTC)
                request = f"{now:%Y-%m-%dT%H:%M:%SZ}-{uuid.uuid4().hex[:8]}"
                requests = Requests(self.lake, self.settings)
                requests.require_key()
                requests.read()
                self._require_key_of_others()
                forgotten = requests.record(subjects, request, now)
            self._wait_for_processors(requests, forgotten.number)
            with self._cut_short(_so_far()):
                total = scored_and_rejected.forget_scored(self.lake, subjects, now)
            with self._cut_short(_so_far(SCORED)):
                removed = removal_log.write_down(self.lake, request, SCORED, total)
                total = scored_and_rejected.forget_rejected(self.lake, subjects)
            with self._cut_short(_so_far(SCORED, REJECTED)):
                emptied = removal_log.write_down(self.lake, request, REJECTED, total)
                return Outcome(request, removed, emptied, self._forget_raw(forgotten))

    @contextmanager
    def _cut_short(self, so_far: str) -> Iterator[None]:
        """Say how far it came where the disk takes nothing more."""
        try:
            yield
        except Exception as failure:
            full = disk.refused(failure, self.lake.places)
            if full is None:
                raise
            raise disk.DiskError(f"{full} {so_far}") from failure

    def _require_key_of_others(self) -> None:
        """Refuse before anything is recorded: a process without the key could not keep out what is forgotten, and would not start again."""
        deaf = lake_lock.without_key(self.lake, key.mark(self.settings))
        if deaf:
            raise UserError(
                f"{deaf[0]} runs without this FORGET_KEY, so it could not keep out what is forgotten. Nothing was recorded or removed: "
                f"start it with the key ({WHERE}), or stop it, and say this again."
            )

    def _wait_for_processors(self, requests: Requests, number: int) -> None:
        """Wait until each running processor has acknowledged the requests."""
        if self.lake.folder is None:
            time.sleep(NO_LOCK_SECONDS)
            return

        deaf: list[str] = []

        def all_know() -> bool | None:
            requests.read()
            writers = lake_lock.writers(self.lake).items()
            deaf[:] = [f"{topic} (process {process})" for topic, process in writers if requests.seen_by(topic) < number]
            return None if deaf else True

        def say() -> None:
            self.say(f"Waiting for the processor of {deaf[0]} to see the request.")

        if until_it_is_there(PATIENCE_SECONDS, LOOK_SECONDS, say)(all_know) is None:
            raise UserError(
                f"The processor of {deaf[0]} has not seen the request in {PATIENCE_SECONDS:.0f} s, nothing was removed yet: "
                "start it with the same FORGET_KEY, or stop it, and say this again."
            )

    def _forget_raw(self, forgotten: Forgotten) -> int | None:
        """Empty bronze's records, or have the process do it that keeps bronze."""
        table = self.lake.open(RAW)
        if table is None or raw.applied(table) >= forgotten.number:
            return 0

        def emptied() -> _Emptied | None:
            self.lake.refresh(RAW, table)
            if raw.applied(table) >= forgotten.number:
                return _Emptied(None)
            records = self._by_ourselves(forgotten) if lake_lock.keeper(self.lake) is None else None
            return None if records is None and self.wait else _Emptied(records)

        def say() -> None:
            keeper = lake_lock.keeper(self.lake)
            which = f" (process {keeper})" if keeper else ""
            self.say(
                f"Waiting for `stream_processor tables`{which} to empty bronze's records; --no-wait leaves it to that."
            )

        done = until_it_is_there(math.inf, LOOK_SECONDS, say)(emptied)
        return None if done is None else done.here

    def _by_ourselves(self, forgotten: Forgotten) -> int | None:
        """Do it here; None where another holds the lock: one that has just started, or on an object store any."""
        with ExitStack() as stack:
            try:
                stack.enter_context(lake_lock.only_keeper(self.lake, key.mark(self.settings)))
            except UserError:
                return None
            return raw.forget_raw(self.lake, forgotten) or 0


def _so_far(*done: Table) -> str:
    """How far a request came that was cut short."""
    left = ", ".join(str(table) for table in (SCORED, REJECTED, RAW) if table not in done)
    removed = ", ".join(map(str, done)) or "no table yet"
    return f"The request is recorded, and nothing of it comes again. Removed from: {removed}. Not, or not all, from: {left}. Say this again."


@dataclass(frozen=True)
class _Emptied:
    """Bronze's records are emptied, or left to the process that keeps them."""

    here: int | None
    """How many by this process; None where it is the other's work."""
