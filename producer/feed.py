"""From a source to Kafka: what every command of the producer does with the records of its source."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType

import structlog
import typer
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TimeElapsedColumn
from rich.text import Text

from producer import metrics
from producer.metrics import Figures
from producer.publisher import Publisher
from producer.pulse import EVERY_SECONDS, Pulse
from producer.record import Record
from producer.settings import ProducerSettings
from sentistream import terminal
from sentistream.process.periodic import Periodic

log = structlog.get_logger()


@dataclass(frozen=True)
class Feed:
    """A source, ready to be published."""

    source: str
    """`live`, `replay` or `synthetic`."""
    records: Iterator[Record]
    figures: Figures
    summary: Callable[[], Mapping[str, object]]
    """What the source counted, for the end."""
    share: Callable[[], float | None] = lambda: None
    """Which share of the source is read; None where it has no end that is known."""


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; a second one interrupts whatever is being waited for."""
    stopping = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            raise KeyboardInterrupt
        stopping.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stopping


def publish(settings: ProducerSettings, feed: Feed, stopping: threading.Event, json: bool, stay: bool = False) -> None:
    """Publish all records, say what came of them, and with `stay` wait idle until told to stop.

    The first record that is given up ends it: what comes after a gap would hide it from a resumed run, and a live post is paid for.

    Raises:
        UserError: broker and client refuse each other.
        typer.Exit: 1 where a record was given up, 130 where a signal ended it.
    """
    publisher = Publisher(settings, stopping)
    metrics.serve(settings, publisher, feed.source, feed.figures)
    # Not waited for: it may be asking a broker that does not answer.
    look = Pulse(settings, publisher).look
    with Periodic("pulse", look, EVERY_SECONDS, at_once=True, is_waited_for=False):
        started = time.monotonic()
        with publisher, _shown(publisher, feed):
            for record in feed.records:
                if stopping.is_set() or publisher.failed or publisher.refusal:
                    break
                publisher.publish(record)
        counts = {
            "published": publisher.published,
            "acknowledged": publisher.acknowledged,
            "failed": publisher.failed,
            "failures": dict(publisher.failures),
            "retried": publisher.retried,
            **feed.summary(),
            "seconds": round(time.monotonic() - started, 3),
            "interrupted": stopping.is_set(),
        }
        log.info(f"{feed.source} ended", **counts)
        if json:
            sys.stdout.write(terminal.json_line(counts) + "\n")
        if publisher.refusal is not None:
            raise publisher.refusal
        if stopping.is_set() or publisher.failed:
            raise typer.Exit(130 if stopping.is_set() else 1)
        if stay:
            stopping.wait()


def _shown(publisher: Publisher, feed: Feed) -> Progress:
    """A line on a terminal, drawn from the counters by a thread of its own."""
    bar = Progress(
        SpinnerColumn(),
        _Published(publisher, feed),
        TimeElapsedColumn(),
        console=terminal.console(sys.stderr),
        transient=True,
    )
    bar.add_task("publishing", total=None)
    return bar


class _Published(ProgressColumn):
    def __init__(self, publisher: Publisher, feed: Feed) -> None:
        super().__init__()
        self._publisher, self._feed = publisher, feed
        self._started = time.monotonic()

    def render(self, task: Task) -> Text:
        """How many records, how fast, and how much of the source that is."""
        published, share = self._publisher.published, self._feed.share()
        speed = published / max(time.monotonic() - self._started, 0.1)
        read = f", {share:.0%} of the input" if share is not None else ""
        cost = self._feed.figures.cost_usd()
        spent = f", ${cost:.2f}" if cost else ""
        return Text(f"published {published:,}, {speed:,.0f}/s{read}{spent}")
