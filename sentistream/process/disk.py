"""A disk that takes nothing more: full, read-only, or another user's. Whatever library met it, it is said in one sentence with the folder, the bytes free and the remedy."""

# Set-up imports this with whatever Python there is, to say in a sentence that it is too old.
from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from sentistream.errors import UserError, said


class DiskError(UserError):
    """A disk can't be written to; once that is mended, the same command goes on."""


class Trouble(Enum):
    """Why it can't."""

    FULL = "full"
    QUOTA = "quota"
    READ_ONLY = "read-only"
    DENIED = "denied"


NUMBERS = {
    errno.ENOSPC: Trouble.FULL,
    errno.EDQUOT: Trouble.QUOTA,
    errno.EROFS: Trouble.READ_ONLY,
    errno.EACCES: Trouble.DENIED,
}
WORDS = {
    Trouble.FULL: re.compile(r"No space left on device|\(os error 28\)|database or disk is full"),
    Trouble.QUOTA: re.compile(r"Disk quota exceeded|\(os error 122\)"),
    Trouble.READ_ONLY: re.compile(r"Read-only file system|\(os error 30\)|attempt to write a readonly database"),
    Trouble.DENIED: re.compile(r"Permission denied|\(os error 13\)|AccessDeniedException"),
}
NO_FOLDER = re.compile(r"Mkdirs failed to create|unable to open database file|Failed to create a temp directory")
"""What Hadoop, SQLite and Spark say without the reason."""
LIBRARIES = {
    "_internal", "alembic", "deltalake", "duckdb", "mlflow", "py4j", "pyarrow", "pyo3_runtime", "pyspark", "sqlalchemy", "sqlite3"
}  # fmt: skip
"""Whose words are taken for the system's; delta-rs calls itself `_internal`. Others may quote somebody's text."""
PATH = re.compile(r"/[^\"'(),:;\n]+")
"""With the words that may follow it: nobody knows where a path with blanks ends."""
REMEDIES = {"LAKE_URI": " (`sentistream lake maintain` deletes what no table needs)"}
"""Setting → how room is made there."""
LEAST_BYTES = 64 * 1024
"""What a commit of a table takes beside its rows: its log entry, and the rounding to blocks."""


@contextmanager
def explained(places: Mapping[str, Path] | None = None) -> Iterator[None]:
    """Say of a disk that takes nothing more that this is so, whatever was raised.

    Args:
        places: setting → folder or file that may be written; where an error names no file, the one that is full is named.

    Raises:
        DiskError: the disk of something that was to be written takes nothing.
    """
    try:
        yield
    except BaseException as failure:  # a panic of delta-rs is no Exception
        refusal = refused(failure, places)
        if refusal is None:
            raise
        raise refusal from failure


def refused(failure: BaseException, places: Mapping[str, Path] | None = None) -> DiskError | None:
    """What an error says of a disk, itself or by one that led to it; None where it says nothing of any.

    Args:
        failure: of the operating system or of a library; what is a sentence already stays what it is.
        places: as `explained` takes them.
    """
    if isinstance(failure, UserError | KeyboardInterrupt | SystemExit | GeneratorExit):
        return failure if isinstance(failure, DiskError) else None
    for error in _causes(failure):
        named = error.filename if isinstance(error, OSError) and isinstance(error.filename, str) else None
        words = str(error) if type(error).__module__.partition(".")[0] in LIBRARIES else ""
        trouble = _trouble(error, words, named)
        if trouble is not None:
            return DiskError(_sentence(trouble, *_place(trouble, named or words, places or {})))
        if NO_FOLDER.search(words) and (found := _unusable(words, places or {})) is not None:
            return DiskError(_sentence(*found))
    return None


def told(failure: BaseException, places: Mapping[str, Path] | None = None) -> str:
    """What an error says in one line: of a disk all that `refused` says, else its own words."""
    return said(refused(failure, places) or failure)


def recognised(words: str, places: Mapping[str, Path]) -> DiskError | None:
    """What the output of another program says of a disk; None where it says nothing of any."""
    trouble = next((each for each, said in WORDS.items() if said.search(words)), None)
    return None if trouble is None else DiskError(_sentence(trouble, *_place(trouble, words, places)))


def require_room(folder: Path | None, least_bytes: int, setting: str = "") -> None:
    """Check that a disk has room before a library is given what it can't write in order.

    Args:
        folder: where; None is no disk of this machine.
        least_bytes: how much is about to be written.
        setting: that names the folder.

    Raises:
        DiskError: it has less.
    """
    if folder is not None and free_bytes(folder) < least_bytes + LEAST_BYTES:
        raise DiskError(_sentence(Trouble.FULL, folder, setting))


def free_bytes(folder: Path) -> int:
    """What this user may still write on a folder's disk, the folder there or not."""
    found = os.statvfs(_standing(folder))
    return found.f_bavail * found.f_frsize


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The error, and those that led to it."""
    cause: BaseException | None = failure
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _trouble(error: BaseException, words: str, named: str | None) -> Trouble | None:
    if isinstance(error, OSError) and error.errno in NUMBERS:
        trouble = NUMBERS[error.errno]
        # A port may be denied, too.
        return None if trouble is Trouble.DENIED and named is None else trouble
    return next((each for each, said in WORDS.items() if said.search(words)), None)


def _place(trouble: Trouble, words: str, places: Mapping[str, Path]) -> tuple[Path, str]:
    """The folder or file that it is about, and the setting that names it."""
    for path in map(Path, PATH.findall(words)):
        if _standing(path) != Path("/"):
            inside = {setting: place for setting, place in places.items() if path.is_relative_to(place)}
            setting = max(inside, key=lambda each: len(inside[each].parts), default="")
            return places.get(setting, _standing(path)), setting
    setting = min(places, key=lambda each: _badness(trouble, places[each]), default="")
    unnamed = (Path.cwd(), Path(tempfile.gettempdir()))
    return places.get(setting) or min(unnamed, key=lambda each: _badness(trouble, each)), setting


def _badness(trouble: Trouble, place: Path) -> int:
    """Of several places the least is the one that it is about."""
    return free_bytes(place) if trouble in (Trouble.FULL, Trouble.QUOTA) else os.access(_standing(place), os.W_OK)


def _unusable(words: str, places: Mapping[str, Path]) -> tuple[Trouble, Path, str] | None:
    """Why a folder could not be made, by a look at it."""
    place, setting = _place(Trouble.DENIED, words, places)
    folder = _standing(place)
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return Trouble.READ_ONLY, place, setting
    if not os.access(folder, os.W_OK):
        return Trouble.DENIED, place, setting
    return (Trouble.FULL, place, setting) if free_bytes(folder) < LEAST_BYTES else None


def _standing(place: Path) -> Path:
    """The place itself, or the nearest folder above it that is there."""
    place = place.absolute()
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    return place


def _sentence(trouble: Trouble, place: Path, setting: str) -> str:
    folder = place if place.is_dir() or not place.exists() else place.parent
    found = os.statvfs(_standing(folder))
    shown = f"{folder} ({setting})" if setting else str(folder)
    free = f"{found.f_bavail * found.f_frsize:,} bytes free"
    if trouble is Trouble.FULL and found.f_files and not found.f_favail:
        free += " but no further file possible"
    return {
        Trouble.FULL: f"The disk of {shown} is full ({free}): make room there{REMEDIES.get(setting, '')}, or choose another folder, and start again; it goes on.",
        Trouble.QUOTA: f"The quota of this user on the disk of {shown} is used up ({free} on it): delete something or have it raised, and start again; it goes on.",
        Trouble.READ_ONLY: f"The disk of {shown} is read-only ({free}): mount it writable, or choose another folder.",
        Trouble.DENIED: f"{shown} can't be written or read by this user, {os.geteuid()} ({free}): change its owner or its mode, or choose another folder.",
    }[trouble]
