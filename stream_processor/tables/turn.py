"""Whose turn it is to keep bronze and gold: one process at a time, whatever its version."""

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.process.file_lock import TakenError
from sentistream.process.retry import until_it_answers

log = structlog.get_logger()
LOOK_SECONDS = 1.0


@contextmanager
def own_turn(lake: Lake, mark: str, waiting: bool) -> Iterator[None]:
    """Hold the lock of the tables kept beside the stream.

    Args:
        lake: where.
        mark: `erasure.key.mark` of this process.
        waiting: whether to wait while another process holds it; it is named in the log.

    Raises:
        TakenError: another process holds it, and we are not to wait.
    """

    def say() -> None:
        holder = lake_lock.keeper(lake) or "of another machine"
        log.warning("another process keeps bronze and gold, waiting until it ends", process=holder, lake=lake.uri)

    with ExitStack() as stack:
        until_it_answers(TakenError, math.inf if waiting else 0, LOOK_SECONDS, say)(
            lambda: stack.enter_context(lake_lock.only_keeper(lake, mark))
        )
        yield
