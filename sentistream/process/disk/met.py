"""Recognises a disk's refusal in whatever was raised, by the system's numbers and the words of a few libraries, wherever in the chain of causes they stand."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sentistream.errors import UserError, said
from sentistream.process.disk import error
from sentistream.process.disk.error import DiskError, Trouble
from sentistream.process.disk.room import free_bytes, takes_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
NO_REASON = re.compile(
    "Mkdirs failed to create|unable to open database file|Failed to create a temp directory|No usable temporary directory"
)
"""What Hadoop, SQLite, Spark and Python say without the reason."""
LIBRARIES = {
    "_internal", "alembic", "deltalake", "duckdb", "mlflow", "py4j", "pyarrow", "pyo3_runtime", "pyspark", "sqlalchemy", "sqlite3"
}  # fmt: skip
"""Whose words are taken for the system's; delta-rs calls itself `_internal`. Others may quote somebody's text."""
PATH = re.compile(r"(?:\bfile:(?://)?|(?<![\w:/]))(/(?!/)[^\"'(),:;\n]+)")
"""No web address; with the words that may follow it, since nobody knows where a path with blanks ends."""
NEARLY_FULL = 1 << 30
"""Bytes: a disk with more free is not the one that was full a moment ago."""


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
    if isinstance(failure, (UserError, KeyboardInterrupt, SystemExit, GeneratorExit)):
        return failure if isinstance(failure, DiskError) else None
    for each in _causes(failure):
        named = each.filename if isinstance(each, OSError) and isinstance(each.filename, str) else None
        words = str(each) if type(each).__module__.partition(".")[0] in LIBRARIES else ""
        trouble = _trouble(each, words)
        paths = _paths(words, trouble) if named is None else _absolute(named)
        refusal = _refusal(trouble, paths, places or {})
        if refusal is not None:
            return refusal
        hint = words or (str(each) if isinstance(each, OSError) else "")
        if NO_REASON.search(hint):
            place, setting = _place(None, _paths(hint, None), places or {})
            trouble = None if place is None else takes_none(place)
            if trouble is not None:
                return error.of(trouble, place, setting)
    return None


def told(failure: BaseException, places: Mapping[str, Path] | None = None) -> str:
    """What an error says in one line: of a disk all that `refused` says, else its own words."""
    return said(refused(failure, places) or failure)


def recognised(words: str, places: Mapping[str, Path]) -> DiskError | None:
    """What the output of another program says of a disk; None where it says nothing of any."""
    trouble = _said_in(words)
    return _refusal(trouble, _paths(words, trouble), places)


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The error, and those that led to it."""
    cause: BaseException | None = failure
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _trouble(failure: BaseException, words: str) -> Trouble | None:
    number = failure.errno if isinstance(failure, OSError) else None
    return NUMBERS[number] if number in NUMBERS else _said_in(words)


def _said_in(words: str) -> Trouble | None:
    return next((trouble for trouble, pattern in WORDS.items() if pattern.search(words)), None)


def _paths(words: str, trouble: Trouble | None) -> list[Path]:
    """Those in a library's words of which more than the root is there; of what is denied, those in a line that says so."""
    if trouble is Trouble.DENIED:
        words = "\n".join(filter(WORDS[trouble].search, words.splitlines()))
    return [path for path in map(Path, PATH.findall(words)) if error.standing(path) != Path("/")]


def _absolute(path: str) -> list[Path]:
    """A path from the root on; none where it is within a working folder that was deleted."""
    try:
        return [Path(path).absolute()]
    except FileNotFoundError:
        return []


def _refusal(trouble: Trouble | None, paths: Sequence[Path], places: Mapping[str, Path]) -> DiskError | None:
    # A port and an object store are denied in the same words: a path makes it a disk's.
    if trouble is None or (trouble is Trouble.DENIED and not paths):
        return None
    return error.of(trouble, *_place(trouble, paths, places))


def _place(trouble: Trouble | None, paths: Sequence[Path], places: Mapping[str, Path]) -> tuple[Path | None, str]:
    """The folder or file that it is about, and the setting that names it; None where nothing says which."""
    for path in paths:
        inside = {setting: place for setting, place in places.items() if path.is_relative_to(place)}
        setting = max(inside, key=lambda each: len(inside[each].parts), default="")
        # Of what is denied, the mode of this very file may be the reason.
        there = error.standing(path)
        return there if trouble is Trouble.DENIED else places.get(setting, there), setting
    answer = Path("/dev/fd/1").resolve()
    redirected = [("standard output", answer)] if answer.is_file() else []
    temporary = Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - looked at, and nothing put there
    possible = [*places.items(), *redirected, *(("", each) for each in (*_absolute("."), temporary))]
    if trouble in (Trouble.FULL, Trouble.QUOTA):
        setting, place = min(possible, key=lambda each: free_bytes(each[1]))
        return (place, setting) if free_bytes(place) < NEARLY_FULL else (None, "")
    found = [(place, setting) for setting, place in possible if takes_none(place) is not None]
    return found[0] if found else (None, "")
