"""How much a disk still takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sentistream.process.disk import error
from sentistream.process.disk.error import DiskError, Trouble

if TYPE_CHECKING:
    from pathlib import Path

LEAST_BYTES = 64 * 1024
"""What a commit of a table takes beside its rows: its log entry, and the rounding to blocks."""


def require_room(folder: Path | None, least_bytes: int, setting: str = "") -> None:
    """Check that a disk has room before a library is given what it can't write in order.

    Args:
        folder: where; None is no disk of this machine.
        least_bytes: how much is about to be written.
        setting: that names the folder.

    Raises:
        DiskError: it has less.
    """
    full = None if folder is None else lacking(folder, least_bytes, setting)
    if full is not None:
        raise full


def lacking(folder: Path, least_bytes: int, setting: str = "") -> DiskError | None:
    """That a disk has no room for so many bytes; None where it has."""
    has_room = free_bytes(folder) >= least_bytes + LEAST_BYTES
    return None if has_room else error.of(Trouble.FULL, folder, setting)


def free_bytes(place: Path) -> int:
    """What this user may still write on a place's disk, the place there or not."""
    found = os.statvfs(error.standing(place))
    return found.f_bavail * found.f_frsize


def takes_none(place: Path) -> Trouble | None:
    """Why a look at a place says that nothing can be written there; None where something can."""
    there = error.standing(place)
    if os.statvfs(there).f_flag & os.ST_RDONLY:
        return Trouble.READ_ONLY
    if not os.access(there, os.W_OK):
        return Trouble.DENIED
    return Trouble.FULL if free_bytes(there) < LEAST_BYTES else None
