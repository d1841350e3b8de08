"""A disk that takes nothing more: full, read-only, or another user's. Whatever library met it, it is said in one sentence with the folder, the bytes free and the remedy."""

# Set-up imports this with whatever Python there is, to say in a sentence that it is too old.
from __future__ import annotations

from sentistream.process.disk.error import DiskError
from sentistream.process.disk.met import explained, recognised, refused, told
from sentistream.process.disk.room import lacking, require_room

__all__ = ["DiskError", "explained", "lacking", "recognised", "refused", "require_room", "told"]
