"""One writer a lake and topic: a lock that the operating system gives back however the process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sentistream.errors import UserError


@contextmanager
def only_writer(lake_uri: str, topic: str) -> Iterator[None]:
    """Hold the lake's lock for a topic.

    An object store has no such lock; there the transactions make the commit of the slower of two writers fail.

    Raises:
        UserError: another processor holds it.
    """
    if "://" in lake_uri:
        yield
        return
    folder = Path(lake_uri) / "_locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{topic}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            raise UserError(
                f"Another processor (process {owner}) writes {topic} to {lake_uri}: stop it first, or choose another LAKE_URI."
            ) from held
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
