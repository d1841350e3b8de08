"""Locks between processes, which the operating system gives back however a process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sentistream.errors import UserError
from sentistream.process import disk


class TakenError(UserError):
    """Another process holds the lock."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: its process id, and what it noted."""

    process: str
    note: str


@contextmanager
def waited_for(file: Path) -> Iterator[None]:
    """Hold a lock file's lock, waiting while another process holds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def held(file: Path, taken: str, note: str = "") -> Iterator[None]:
    """Hold a lock file's lock.

    Args:
        file: created where it is missing; holds the process id of the holder, and its note.
        taken: the sentence for when another process holds it, with `{owner}` for its process id.
        note: one word that others may ask for.

    Raises:
        TakenError: another process holds it.
        UserError: the file can't be written.
        OSError: its disk takes nothing more.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.open("a+")
    except OSError as refused:
        if disk.refused(refused) is not None:
            # Said by whoever knows the setting that names the folder.
            raise
        raise UserError(f"{file.parent} can't be written ({refused.strerror}): choose another folder.") from refused
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as other:
            lock.seek(0)
            raise TakenError(taken.format(owner=_holder(lock.read()).process)) from other
        lock.truncate(0)
        lock.write(f"{os.getpid()} {note}".rstrip())
        lock.flush()
        yield


def holder(file: Path) -> Holder | None:
    """Who holds a lock file's lock; None where nobody does."""
    try:
        with file.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _holder(lock.read())
    except FileNotFoundError:
        pass
    return None


def _holder(written: str) -> Holder:
    process, _, note = written.strip().partition(" ")
    return Holder(process or "unknown", note)
