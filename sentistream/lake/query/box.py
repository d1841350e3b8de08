"""The box that a question is asked in: bounds on its memory, threads and time, and nothing of the machine but the tables within its reach.

DuckDB bounds most of its memory itself. What it does not count (Arrow's files that are read ahead, a string of 2 GB, the answer's Python objects) is seen by a
look at the process, which ends the question by an interrupt. A process that answers one question and ends may be confined, too: by the kernel, and by the clock
where a function of DuckDB obeys no interrupt.
"""

import os
import resource
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from sentistream.errors import UserError, said
from sentistream.lake.query.bounds import Bounds

LOOK_SECONDS = 0.05
GRACE_SECONDS = 2.0
"""How long a question may take to obey an interrupt."""
RESERVED_BYTES = 256 << 20
"""Address space that is never used: stacks of threads."""
STATUS = Path("/proc/self/status")
CLOSED = (
    "SET TimeZone = 'UTC'",
    # A query reads the tables and nothing else of this machine, and can't allow itself more.
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class Box:
    """A connection to a data base in memory, and what may become of a question that is asked of it."""

    def __init__(self, bounds: Bounds, reach: Sequence[str] = ()) -> None:
        self.bounds = bounds
        self._reach = reach
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{bounds.duckdb_mib}MiB",
            "threads": min(bounds.threads, os.cpu_count() or 1),
            # What has no room in memory is refused and not written to a disk.
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            # A name means a table, and no variable of this program.
            "python_enable_replacements": False,
        }
        self.connection = duckdb.connect(":memory:", config=config)
        self.ended_by: UserError | None = None

    def end(self, because: UserError) -> None:
        """Have the question end soon, from any thread: whoever asked it has left."""
        # Who watches interrupts it until it has, for between two statements there is nothing to interrupt.
        self.ended_by = because

    def close(self) -> None:
        """Let nothing in any more but the files that are within reach: to be called when the tables are there."""
        folders = ", ".join("'" + folder.replace("'", "''") + "'" for folder in self._reach)
        for statement in (f"SET allowed_directories = [{folders}]", *CLOSED):
            self.connection.execute(statement)

    def refusal(self, wrong: Exception) -> UserError:
        """What is said of an error that DuckDB, Arrow or Python raised over the question.

        Raises:
            KeyboardInterrupt: it was one.
        """
        if self.ended_by is not None:
            return self.ended_by
        if isinstance(wrong, RuntimeError) and "interrupted" in str(wrong):
            raise KeyboardInterrupt from wrong
        if isinstance(wrong, MemoryError | duckdb.OutOfMemoryException) or "Out of Memory Error" in said(wrong):
            return self.bounds.too_large()
        return UserError(f"DuckDB refuses the query: {said(wrong)}", exit_code=2)


@contextmanager
def opened(
    bounds: Bounds, overdue: Callable[[UserError], None] | None = None, reach: Sequence[str] = ()
) -> Iterator[Box]:
    """A box, which is watched until the context ends.

    Args:
        bounds: what the question may take.
        overdue: is called in a thread of its own where the question obeys no interrupt, to end the process, whose standard output gets the answer; without it, it is waited for.
        reach: folders whose files the question may read by itself.
    """
    box = Box(bounds, reach)
    with box.connection:
        done = threading.Event()
        with _signalled() as signals:
            watch = threading.Thread(
                target=_watch, args=(box, done, signals, overdue), name="query bounds", daemon=True
            )
            watch.start()
            try:
                yield box
            finally:
                done.set()
                watch.join()


@contextmanager
def confined(bounds: Bounds) -> Iterator[None]:
    """Have the kernel refuse this process more memory than a question may take, where it can; for a process that answers one at a time."""
    used = _bytes("VmData")
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = (used or 0) + (bounds.memory_mib << 20) + RESERVED_BYTES
    if used is None or any(each != resource.RLIM_INFINITY and each <= limit for each in (soft, hard)):
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@contextmanager
def _signalled() -> Iterator[int | None]:
    """A pipe that tells of signals although the main thread is within DuckDB, where Python's own handlers can't run; None beside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield None
        return
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def _has_come(signals: int | None) -> bool:
    """Whether Ctrl-C was pressed."""
    try:
        return signals is not None and signal.SIGINT in os.read(signals, 64)
    except BlockingIOError:
        return False


def _watch(box: Box, done: threading.Event, signals: int | None, overdue: Callable[[UserError], None] | None) -> None:
    began = looked = time.monotonic()
    before, ended = _bytes("RssAnon") or 0, 0.0
    while not done.wait(LOOK_SECONDS):
        now = time.monotonic()
        if overdue is not None and not _is_read():
            # The time that a pager's user takes is not the question's.
            began += now - looked
        looked = now
        if _has_come(signals):
            # Python raises it as soon as DuckDB gives up.
            box.connection.interrupt()
        if box.ended_by is None:
            if now - began > box.bounds.seconds:
                box.ended_by, ended = box.bounds.too_long(), now
            elif (_bytes("RssAnon") or 0) - before > box.bounds.growth_bytes:
                box.ended_by, ended = box.bounds.too_large(), now
        if box.ended_by is not None:
            # Each time: between two batches there is nothing to interrupt.
            box.connection.interrupt()
            if overdue is not None and now - ended > GRACE_SECONDS:
                overdue(box.ended_by)


def _is_read() -> bool:
    """Whether standard output takes more: its reader does not hold up who writes."""
    try:
        return bool(select.select([], [1], [], 0)[1])
    except OSError:  # it is closed
        return True


def _bytes(name: str) -> int | None:
    """A line of this process's status; None where the system keeps none."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:")), None)
