"""Duties that are repeated, each at its own interval: those of one table one after the other, those of different tables side by side."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from sentistream.errors import UserError
from sentistream.kafka.connection import NoBrokerError
from sentistream.metrics.distribution import Distribution
from sentistream.process import disk
from sentistream.process.heartbeat import Heartbeat

log = structlog.get_logger()
LOOK_SECONDS = 0.1
RETRY_SECONDS = 5.0
"""How long something that failed waits before it is tried again."""
OFTEN_SECONDS = 10.0
"""What is done more often than this is not worth a line of the log each time."""


@dataclass
class Duty:
    """A task that is repeated at an interval."""

    name: str
    seconds: float
    """From one beginning to the next; where it takes longer than half of that, it rests as long as it took."""
    work: Callable[[], object]
    due: float = field(default_factory=time.monotonic)
    failing: bool = False
    taken: Distribution = field(default_factory=Distribution)
    """How long it took, in seconds, where it did not fail."""
    failures: int = 0
    """How often it has failed."""
    level_at: float = field(default_factory=time.time)
    """When the last one began that did not fail, in seconds since 1970: what there was until then is done. At first: when this process began."""

    def do(self) -> None:
        """Do it once, and say when it is due again; what fails is logged, and tried again.

        Raises:
            UserError: it can't go on.
        """
        began, started = time.time(), time.monotonic()
        try:
            done = self.work()
        except NoBrokerError as away:
            self._fail(away)
            return
        except (UserError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as failure:  # a disk that is away, or a panic of delta-rs, which is no Exception: it may be over the next time
            self._fail(failure)
            return
        took = time.monotonic() - started
        self.failing = False
        self.level_at = began
        self.taken.add(took)
        self.due = time.monotonic() + max(self.seconds - took, took)
        if done:
            level = logging.DEBUG if self.seconds < OFTEN_SECONDS else logging.INFO
            log.log(level, "done", duty=self.name, result=done, seconds=round(took, 2))

    def _fail(self, failure: BaseException) -> None:
        self.failing = True
        self.failures += 1
        self.due = time.monotonic() + RETRY_SECONDS
        log.warning("failed, trying again", duty=self.name, error=disk.told(failure))


class Keeper:
    """Does what is due.

    Args:
        lanes: duties of which one waits for the other, since they commit to one table; the lanes don't wait for each other.
        heartbeat_file: touched while every lane does what is due, or has nothing to do.
    """

    def __init__(self, lanes: Sequence[Sequence[Duty]], heartbeat_file: str | None = None) -> None:
        self._lanes = lanes
        self._heartbeat = Heartbeat(heartbeat_file)
        self._stopping = threading.Event()
        self._passed = [threading.Event() for _ in lanes]

    def stop(self) -> None:
        """End after what is being done; safe in a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Work until told to stop.

        Raises:
            UserError: something can't go on; says why.
        """
        with ThreadPoolExecutor(len(self._lanes), "lane") as pool:
            working = [pool.submit(self._work, *each) for each in zip(self._lanes, self._passed, strict=True)]
            while not self._stopping.wait(LOOK_SECONDS):
                if any(lane.done() for lane in working):
                    self.stop()
                elif all(passed.is_set() for passed in self._passed):
                    for passed in self._passed:
                        passed.clear()
                    self._heartbeat.beat()
        for lane in working:
            lane.result()

    def _work(self, lane: Sequence[Duty], passed: threading.Event) -> None:
        while not self._stopping.is_set():
            for duty in lane:
                if time.monotonic() >= duty.due and not self._stopping.is_set():
                    duty.do()
            if not any(duty.failing for duty in lane):
                passed.set()
            self._stopping.wait(LOOK_SECONDS)
