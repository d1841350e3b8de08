"""What a program keeps is its user's alone: it holds tweets, models and budgets, and other users of the machine are not asked to leave it be."""

import os
import stat
from pathlib import Path

PRIVATE = 0o077
"""The umask: folders get 0700, files 0600."""
LOCAL = Path(__file__).resolve().parents[2] / ".local"
"""What a checkout keeps, made for everybody by the version before."""


def keep() -> None:
    """Have what this process and its children make from now on be its user's alone, and close the checkout's `.local`."""
    os.umask(PRIVATE)
    close(LOCAL)


def close(folder: Path) -> None:
    """Take a folder from other users; one that is not ours, or a link, stays as it is."""
    try:
        found = folder.lstat()
    except OSError:
        return
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & PRIVATE:
        folder.chmod(stat.S_IMODE(found.st_mode) & ~PRIVATE)
