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
    folder = place if place.is_dir() or not place.exists() else place.parent
    found = os.statvfs(standing(folder))
    shown = f"{folder} ({setting})" if setting else str(folder)
    free = f"{found.f_bavail * found.f_frsize:,} bytes free"
    if trouble is Trouble.FULL and found.f_files and not found.f_favail:
        free += " but no further file possible"
    return DiskError(
        {
            Trouble.FULL: f"The disk of {shown} is full ({free}): make room there{REMEDIES.get(setting, '')}, or choose another folder, and start again; it goes on.",
            Trouble.QUOTA: f"The quota of this user on the disk of {shown} is used up ({free} on it): delete something or have it raised, and start again; it goes on.",
            Trouble.READ_ONLY: f"The disk of {shown} is read-only ({free}): mount it writable, or choose another folder.",
            Trouble.DENIED: f"{shown} can't be written or read by this user, {os.geteuid()} ({free}): change its owner or its mode, or choose another folder.",
        }[trouble]
    )


def standing(place: Path) -> Path:
    """The place itself, or the nearest folder above it that is there."""
    place = place.absolute()
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    return place
