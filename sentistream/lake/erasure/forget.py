"""The steps of `lake forget`, idempotent: killed between any two, the same call again finishes it.

The requests are recorded first, so that from then on nothing can come back; then every running processor says that it has seen them, and
only then is anything removed.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_delay, stop_never, wait_fixed
from tenacity.stop import stop_base

from sentistream.errors import UserError
from sentistream.lake.erasure import raw, removals, rows
from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.requests import Requests, Subjects
from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.lake.schema import migrate
from sentistream.lake.tables import RAW, REJECTED, SCORED
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
        key: holds FORGET_KEY.
        empty_raw: empties bronze's records by a Spark session of its own, where no process keeps bronze; how many records.
        wait: whether to wait for the process that keeps bronze, where there is one.
        say: told what is waited for.
    """

    lake: Lake
    key: AuditSettings
    empty_raw: Callable[[Forgotten], int]
    wait: bool
    say: Callable[[str], object]

    def forget(self, subjects: Subjects) -> Outcome:
        """Forget tweets in every table.

        Raises:
            UserError: there is no lake, the key is missing or another, or a processor does not see the request.
        """
        migrate.require_not_newer(self.lake)
        scored, rejected = (self.lake.require(table) for table in (SCORED, REJECTED))
        with lake_lock.only_forgetter(self.lake):
            now = datetime.now(UTC)
            request = f"{now:%Y-%m-%dT%H:%M:%SZ}-{uuid.uuid4().hex[:8]}"
            requests = Requests(self.lake, self.key)
            forgotten = requests.record(subjects, request, now)
            self._wait_for_processors(requests, forgotten.number)
            rows.forget_scored(scored, subjects, now)
            removed = removals.write_down(self.lake, request, SCORED, rows.total(scored))
            rows.forget_rejected(rejected, subjects)
            emptied = removals.write_down(self.lake, request, REJECTED, rows.total(rejected))
            return Outcome(request, removed, emptied, self._forget_raw(forgotten))

    def _wait_for_processors(self, requests: Requests, number: int) -> None:
        """Wait until each running processor has acknowledged the requests."""
        if self.lake.folder is None:
            time.sleep(NO_LOCK_SECONDS)
            return

        def late() -> list[str]:
            requests.read()
            writers = lake_lock.writers(self.lake).items()
            return [f"{topic} (process {process})" for topic, process in writers if requests.seen_by(topic) < number]

        def say(waiting: list[str]) -> None:
            self.say(f"Waiting for the processor of {waiting[0]} to see the request.")

        if deaf := _looking_while(bool, stop_after_delay(PATIENCE_SECONDS), say)(late):
            raise UserError(
                f"The processor of {deaf[0]} has not seen the request in {PATIENCE_SECONDS:.0f} s, nothing was removed yet: "
                "start it with the same FORGET_KEY, or stop it, and say this again."
            )

    def _forget_raw(self, forgotten: Forgotten) -> int | None:
        """Empty bronze's records, or have the process do it that keeps bronze."""
        table = self.lake.open(RAW)
        if table is None or raw.applied(table) >= forgotten.number:
            return 0

        def emptied() -> _Raw:
            table.update_incremental()
            if raw.applied(table) >= forgotten.number:
                return _Raw(done=True)
            keeper = lake_lock.keeper(self.lake)
            records = self._by_ourselves(forgotten) if keeper is None else None
            return _Raw(records is not None or not self.wait, records, keeper)

        def say(waiting: _Raw) -> None:
            which = f" (process {waiting.keeper})" if waiting.keeper else ""
            self.say(
                f"Waiting for `stream_processor tables`{which} to empty bronze's records; --no-wait leaves it to that."
            )

        done: _Raw = _looking_while(lambda look: not look.done, stop_never, say)(emptied)
        return done.records

    def _by_ourselves(self, forgotten: Forgotten) -> int | None:
        """Do it here; None where another holds the lock: one that has just started, or on an object store any."""
        with ExitStack() as stack:
            try:
                stack.enter_context(lake_lock.only_keeper(self.lake))
            except UserError:
                return None
            return self.empty_raw(forgotten)


@dataclass(frozen=True)
class _Raw:
    """One look at bronze."""

    done: bool
    """Emptied, or left to the process that keeps it."""
    records: int | None = None
    """How many were emptied here; None where that is another's."""
    keeper: str | None = None


def _looking_while(pending: Callable[[Any], bool], stop: stop_base, say: Callable[[Any], None]) -> Retrying:
    """Look again while something is pending, and say so once; the last look where it stops before."""

    def look(state: RetryCallState) -> Any:
        return None if state.outcome is None else state.outcome.result()

    return Retrying(
        retry=retry_if_result(pending),
        before_sleep=lambda state: say(look(state)) if state.attempt_number == 1 else None,
        stop=stop,
        wait=wait_fixed(LOOK_SECONDS),
        retry_error_callback=look,
    )
