"""Runs a command that must not outlive the program that started it.

The parent holds the writing end of our standard input. When the parent ends, however it ends, the pipe
closes and the command gets SIGTERM, then SIGKILL. Run as `python -m sentistream.process.guard COMMAND …`.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

STOP_SECONDS = 30.0
"""How long a command may take to end after SIGTERM."""


def start(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a command under a guard, with its output appended to a log file.

    The guard has a session of its own, so that Ctrl-C reaches only the parent, which then ends things in order.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the caller's own command
            [sys.executable, "-m", "sentistream.process.guard", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )


def stop(guarded: subprocess.Popen[bytes], seconds: float = STOP_SECONDS + 5) -> int:
    """Ask a guarded command to end and wait for it; its exit code."""
    if guarded.poll() is None:
        guarded.terminate()
    try:
        return guarded.wait(seconds)
    finally:
        if guarded.stdin is not None:
            guarded.stdin.close()


def main(command: Sequence[str]) -> int:
    """Run the command until it ends, we are told to stop, or our standard input closes."""
    ending = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    def watch_parent() -> None:
        # Nobody writes to this pipe: a read returns only when the parent is gone.
        os.read(0, 1)
        ending.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch_parent, daemon=True).start()
    child = subprocess.Popen(list(command), stdin=subprocess.DEVNULL)  # noqa: S603 - the parent's own command
    while child.poll() is None and not ending.wait(0.05):
        pass
    return _end(child) if child.poll() is None else child.returncode


def _end(child: "subprocess.Popen[bytes]") -> int:
    child.terminate()
    try:
        return child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
