"""Room in the local cache: a registry must not fill the disk that the stream lives on."""

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from sentistream.errors import UserError
from sentistream.process import file_lock

COPY = re.compile(r"\d+-(of-run-)?[0-9a-f]{64}")
"""The name of a version's copy; nothing else is taken away."""
KEPT = 4
"""Copies that stay, the last used ones: what serves, and what one goes back to."""
IN_USE_SECONDS = 60.0
"""How long after a fetch its copy may still be read: all that serves was read into memory."""
CUT_SECONDS = 3_600.0
"""After which a folder of a copy that was never finished is nobody's."""


def note_use(copy: Path) -> None:
    """Mark a copy as used now, where it is there and may be written."""
    with suppress(OSError):
        os.utime(copy)


def make(cache: Path) -> None:
    """Take away the copies that were not used last, and what killed processes left. To be called without holding a copy's lock."""
    now = time.time()
    with suppress(OSError):
        found = [(each.stat().st_mtime, each) for each in cache.iterdir() if each.is_dir()]
        copies = sorted((each for each in found if COPY.fullmatch(each[1].name)), reverse=True)
        for used, copy in copies[KEPT:]:
            if now - used > IN_USE_SECONDS:
                take_away(copy)
        for made, part in found:
            if part.name.startswith(tempfile.gettempprefix()) and now - made > CUT_SECONDS:
                shutil.rmtree(part, ignore_errors=True)


def take_away(copy: Path) -> None:
    """Delete a copy, all of it at once, unless another process brings it just now."""
    if not copy.exists():
        return
    # Nothing that is wrong with it keeps a version from being refused or another from being loaded.
    with suppress(OSError, UserError), file_lock.held(copy.with_name(f"{copy.name}.lock"), taken="{owner} fetches it."):
        gone = Path(tempfile.mkdtemp(dir=copy.parent))
        with suppress(FileNotFoundError):
            copy.rename(gone / copy.name)
        shutil.rmtree(gone, ignore_errors=True)
