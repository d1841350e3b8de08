"""Waiting for what other processes and threads do."""

import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any

PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
RESTING = 3
"""So many times as long as a look took: a costly one is not to take the processor from what is waited for."""
PATIENCE_SECONDS = 180.0
"""What the busiest machine may take; what has failed shows that earlier, by a process that has ended."""


def wait_until(
    condition: Callable[[], bool],
    seconds: float = PATIENCE_SECONDS,
    what: str = "it did not happen",
    alive: Sequence[subprocess.Popen[Any]] = (),
) -> float:
    """Wait for a condition; how long it took, in seconds.

    Fails as soon as one of the processes that must be `alive` has ended: what it printed says why.
    """
    started = looked = time.monotonic()
    while not condition():
        took = time.monotonic() - looked
        for process in alive:
            assert process.poll() is None, (
                f"{what}: {process.args} ended with {process.returncode}\n{_printed(process)}"
            )
        assert time.monotonic() - started < seconds, f"after {seconds:.0f} s: {what}"
        time.sleep(max(PAUSE_SECONDS, min(RESTING * took, LONGEST_PAUSE_SECONDS)))
        looked = time.monotonic()
    return time.monotonic() - started


def _printed(process: subprocess.Popen[Any]) -> str:
    """The end of what a process that has ended wrote to its pipes."""
    streams = [stream.read() for stream in (process.stdout, process.stderr) if stream is not None]
    return "\n".join((text if isinstance(text, str) else text.decode(errors="replace"))[-5000:] for text in streams)
