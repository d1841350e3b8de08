"""The real keeper of bronze and gold beside the stream: killed at any moment, away for a while, and brought back."""

import os
import random
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from tests.support.places import ROOT

COMMAND = [sys.executable, "-m", "sentistream", "tables"]
CAUGHT_UP_SECONDS = 600.0
LOOK_SECONDS = 0.05


class Keeper:
    """One keeper at a time, which a thread kills when it is due and starts when it is not there."""

    def __init__(self, environment: Mapping[str, str], folder: Path, draw: random.Random) -> None:
        quick = {"BRONZE_SECONDS": "1", "GOLD_SECONDS": "1", "TABLES_NICENESS": "0"}
        self._environment = {**os.environ, **environment, **quick}
        self._folder = folder
        self._draw = draw
        self._due: deque[tuple[float, float]] = deque()
        self._ended = threading.Event()
        self._tending = threading.Thread(target=self._tend, name="keeper")
        self._lives = 0
        self.kills = self.ended_by_itself = 0

    def start(self) -> None:
        """From now on there is one."""
        self._tending.start()

    def kill_within(self, seconds: float, away: float = 0.0) -> None:
        """It is killed at a random moment of the next `seconds`, and stays away for so long."""
        self._due.append((time.monotonic() + self._draw.uniform(0, seconds), away))

    def stop(self) -> None:
        """There is none any more; it ends as by a kill."""
        self._ended.set()
        if self._tending.ident is not None:
            self._tending.join()

    def finish(self) -> None:
        """A last one brings both tables to where topic and silver are.

        Raises:
            AssertionError: with what it logged, if it ends in failure.
        """
        self.stop()
        last, log = self._run("--once")
        assert last.wait(CAUGHT_UP_SECONDS) == 0, log.read_text()[-1000:]

    def _tend(self) -> None:
        process, back_at = self._run()[0], 0.0
        while not self._ended.wait(LOOK_SECONDS):
            now = time.monotonic()
            if process.poll() is not None and now >= back_at:
                self.ended_by_itself += process.returncode != -9
                process = self._run()[0]
            if self._due and now >= self._due[0][0]:
                _, away = self._due.popleft()
                process.kill()
                self.kills += process.wait() == -9
                back_at = now + away
        process.kill()
        process.wait()

    def _run(self, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = self._folder / f"keeper-{self._lives}.log"
        self._lives += 1
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return process, log
