"""Forgets tweets, step by step; killed between any two, the same call again finishes it.

The requests are recorded first, so that from then on nothing can come back; then every running processor says that it has seen them, and
only then is anything removed.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from sentistream.errors import UserError
from sentistream.lake import tables
from sentistream.lake.erasure import raw, removals, rows
from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.requests import Requests, Subjects
from sentistream.lake.locks import lake_lock
from sentistream.lake.maintenance.compaction import MEBIBYTE
from sentistream.lake.schema import migrate
from sentistream.lake.tables import RAW, REJECTED, SCORED
from sentistream.settings import ForgetSettings

PATIENCE_SECONDS = 90.0
"""A processor looks every second; one that is just starting does when its JVM is up."""
NO_LOCK_SECONDS = 10.0
"""What stands in on an object store, where nobody can tell whether a processor runs."""
LOOK_SECONDS = 0.5
ROW_GROUP = 32 * MEBIBYTE
"""What writing a file holds in a small heap."""


@dataclass(frozen=True)
class Outcome:
    """What one call did, with what a killed one had not written down; None where it was left to the process that keeps bronze."""

    request: str
    scored: int
    rejected: int
    raw: int | None


def forget(settings: ForgetSettings, subjects: Subjects, wait: bool, say: Callable[[str], object]) -> Outcome:
    """Forget tweets in every table.

    Args:
        settings: name the lake and hold the key.
        subjects: what to forget.
        wait: whether to wait for the process that keeps bronze, where there is one.
        say: told what is waited for.

    Raises:
        UserError: there is no lake, the key is missing or another, or a processor does not see the request.
    """
    migrate.require_not_newer(settings.lake_uri)
    scored, rejected = (tables.require_table(settings.lake_uri, table) for table in (SCORED, REJECTED))
    with lake_lock.only_forgetter(settings.lake_uri):
        now = datetime.now(UTC)
        request = f"{now:%Y-%m-%dT%H:%M:%SZ}-{uuid.uuid4().hex[:8]}"
        requests = Requests(settings.lake_uri, settings)
        forgotten = requests.record(subjects, request, now)
        _wait_for_processors(settings.lake_uri, requests, forgotten.number, say)
        rows.forget_scored(scored, subjects, now)
        removed = removals.write_down(settings.lake_uri, request, SCORED, rows.total(scored))
        rows.forget_rejected(rejected, subjects)
        emptied = removals.write_down(settings.lake_uri, request, REJECTED, rows.total(rejected))
        return Outcome(request, removed, emptied, _forget_raw(settings, forgotten, wait, say))


def _wait_for_processors(lake_uri: str, requests: Requests, number: int, say: Callable[[str], object]) -> None:
    """Until no running processor lets a forgotten tweet through any more."""
    if "://" in lake_uri:
        time.sleep(NO_LOCK_SECONDS)
        return
    deadline = time.monotonic() + PATIENCE_SECONDS
    told = False
    while late := {
        topic: process for topic, process in lake_lock.writers(lake_uri).items() if requests.seen_by(topic) < number
    }:
        [(topic, process), *_] = late.items()
        if time.monotonic() > deadline:
            raise UserError(
                f"The processor of {topic} (process {process}) has not seen the request in {PATIENCE_SECONDS:.0f} s, nothing was removed yet: "
                "start it with the same FORGET_KEY, or stop it, and say this again."
            )
        if not told:
            say(f"Waiting for the processor of {topic} (process {process}) to see the request.")
            told = True
        time.sleep(LOOK_SECONDS)
        requests.read()


def _forget_raw(settings: ForgetSettings, forgotten: Forgotten, wait: bool, say: Callable[[str], object]) -> int | None:
    """Empty bronze's records, or have the process do it that keeps bronze."""
    table = tables.open_table(settings.lake_uri, RAW)
    if table is None or raw.applied(table) >= forgotten.number:
        return 0
    told = False
    while raw.applied(table) < forgotten.number:
        keeper = lake_lock.keeper(settings.lake_uri)
        if keeper is None and (emptied := _under_the_lock(settings, forgotten)) is not None:
            return emptied
        if not wait:
            return None
        if not told:
            which = f" (process {keeper})" if keeper else ""
            say(f"Waiting for `stream_processor tables`{which} to empty bronze's records; --no-wait leaves it to that.")
            told = True
        time.sleep(LOOK_SECONDS)
        table.update_incremental()
    return None


def _under_the_lock(settings: ForgetSettings, forgotten: Forgotten) -> int | None:
    """Do it here; None where another holds the lock: one that has just started, or on an object store any."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lake_lock.only_keeper(settings.lake_uri))
        except UserError:
            return None
        return _by_own_spark(settings, forgotten)


def _by_own_spark(settings: ForgetSettings, forgotten: Forgotten) -> int:
    from sentistream import spark

    session = spark.session(settings, "sentistream lake forget", spark.QUICK_COMPILER)
    session.conf.set("parquet.block.size", str(ROW_GROUP))
    try:
        return raw.forget_raw(session, settings.lake_uri, forgotten) or 0
    finally:
        session.stop()
