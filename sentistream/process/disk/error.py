"""What is said of a disk."""

from __future__ import annotations

import os
from enum import Enum
from typing import TYPE_CHECKING

from sentistream.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

REMEDIES = {"LAKE_URI": " (`sentistream lake maintain` deletes what no table needs)"}
"""Setting → how room is made there."""


class DiskError(UserError):
    """A disk can't be written to; once that is mended, the same command goes on."""


class Trouble(Enum):
    """Why it can't."""

    FULL = "full"
    QUOTA = "quota"
    READ_ONLY = "read-only"
    DENIED = "denied"


def of(trouble: Trouble, place: Path | None, setting: str = "") -> DiskError:
    """The sentence about a folder or file, and the setting that names it; None where nobody knows which it is."""
    if place is None:
        return DiskError(f"A disk is {trouble.value}, and nothing says which: make room, or mount it writable.")
    # What is denied may be the file; a disk is known by its folder.
    is_file = os.access(place, os.F_OK) and not place.is_dir()
    named = place.parent if is_file and trouble is not Trouble.DENIED else place
    shown = f"{named} ({setting})" if setting else str(named)
    free = _free(trouble, named)
    return DiskError(
        {
            Trouble.FULL: f"The disk of {shown} is full ({free}): make room there{REMEDIES.get(setting, '')}, or choose another folder, and start again; it goes on.",
            Trouble.QUOTA: f"The quota of this user on the disk of {shown} is used up ({free} on it): delete something or have it raised, and start again; it goes on.",
            Trouble.READ_ONLY: f"The disk of {shown} is read-only ({free}): mount it writable, or choose another folder.",
            Trouble.DENIED: f"{shown} can't be written or read by this user, {os.geteuid()} ({free}): change its owner or its mode, or choose another folder.",
        }[trouble]
    )


def _free(trouble: Trouble, place: Path) -> str:
    try:
        found = os.statvfs(standing(place))
    except OSError:
        return "bytes free unknown"
    free = f"{found.f_bavail * found.f_frsize:,} bytes free"
    has_no_file_left = trouble is Trouble.FULL and found.f_files and not found.f_favail
    return f"{free} but no further file possible" if has_no_file_left else free


def standing(place: Path) -> Path:
    """The place itself, or the nearest folder above it that is there and can be looked at."""
    # Path.exists raises where a folder above may not be searched.
    place = place.absolute()
    while not os.access(place, os.F_OK) and place != place.parent:
        place = place.parent
    return place
