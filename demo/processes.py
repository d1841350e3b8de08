"""The services that the demo starts: each a process of its own, with a log and scratch files of its own in one folder."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from sentistream.errors import UserError
from sentistream.process import guard


class Processes:
    """A context manager that stops them at its end; their logs and scratch files are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self._running:
            self.stop(name)

    def start(self, name: str, environment: Mapping[str, str], module: str, *arguments: str) -> None:
        """Start `python -m MODULE ARGUMENTS` with these variables beside our own."""
        own = {
            "SPARK_LOG": str(self._folder / f"{name}-spark.log"),
            "SPARK_SCRATCH": str(self._folder / f"{name}-spark"),
            "HEARTBEAT_FILE": str(self.heartbeat(name)),
        }
        command = [sys.executable, "-m", module, *arguments]
        self._running[name] = guard.start(command, self.log(name), {**environment, **own})

    def stop(self, name: str) -> None:
        """End one in order, and wait until it has."""
        guard.stop(self._running[name])

    def log(self, name: str) -> Path:
        """What it printed."""
        return self._folder / f"{name}.log"

    def heartbeat(self, name: str) -> Path:
        """The file that it touches once it works or has nothing to do."""
        return self._folder / f"{name}.heartbeat"

    def has_ended(self, name: str) -> bool:
        """True once it has ended, well or not."""
        return self._running[name].poll() is not None

    def printed_bytes(self) -> int:
        """How much all of them have printed: it grows as long as they get on."""
        return sum(self.log(name).stat().st_size for name in self._running)

    def require(self, *lasting: str) -> None:
        """Check that none has failed, and that those named still run.

        Raises:
            UserError: one has; with the last line that it printed.
        """
        for name, process in self._running.items():
            code = process.poll()
            if code not in (None, 0) or (name in lasting and code is not None):
                words = self.last_words(name) or "it printed nothing"
                raise UserError(f"The {name} ended too early: {words} (all of it: {self.log(name)})")

    def last_words(self, name: str) -> str:
        """The last line that it printed; empty where there is none."""
        return (self.log(name).read_text(errors="replace").strip().splitlines() or [""])[-1]
