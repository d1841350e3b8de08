"""A command's output: a file that appears whole or not at all, or standard output."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sentistream.errors import UserError, full_stop
from sentistream.process import disk

STANDARD_OUTPUT = Path("-")


@contextmanager
def opened(out: Path, option: str) -> Iterator[BinaryIO]:
    """Where a command's result goes; what fails leaves the file as it was.

    A file that is replaced stays as private as it was; a new one is for whom the umask says.

    Args:
        out: `-` is standard output.
        option: by which the user named it.

    Raises:
        UserError: it can't be written.
    """
    if out == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        return
    # A link stays one.
    target = Path(os.path.realpath(out))
    # A pipe or a device can't be replaced.
    part = target if target.exists() and not target.is_file() else unfinished(out)
    try:
        with part.open("wb") as output:
            if part is not target and target.exists():
                part.chmod(stat.S_IMODE(target.stat().st_mode))
            yield output
        if part is not target:
            part.replace(target)
    except OSError as refused:
        raise disk.refused(refused, {option: target.parent}) or UserError(
            full_stop(f"{option} {out} can't be written: {refused.strerror or refused}")
        ) from refused
    finally:
        if part is not target:
            with suppress(OSError):
                part.unlink()


def unfinished(out: Path) -> Path:
    """Where a file is written until it is whole."""
    target = Path(os.path.realpath(out))
    return target.with_name(f".{target.name}.{os.getpid()}.part")
