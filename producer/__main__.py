"""`python -m producer`: the command line of the producer."""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from producer import replay as replay_source
from producer.live.command import live
from producer.pacing import paced
from producer.publisher import Publisher
from producer.pulse import Pulse
from producer.record import Record
from producer.resume import published
from producer.settings import ProducerSettings
from sentistream import command_line, labelled_files, log, topic
from sentistream.labelled_files import BrokenRow

BROKEN_SHOWN = 5
"""Broken rows that are reported one by one; the rest are counted."""
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Publishes tweets to Kafka.",
)
logger = structlog.get_logger()


@app.callback()
def main() -> None:
    """Publishes tweets to Kafka."""


@app.command()
def replay(
    file: Annotated[
        Path,
        typer.Argument(
            envvar="REPLAY_FILE",
            help="A labelled file: Sentiment140 CSV, headed CSV or SemEval TSV; plain or gzip.",
        ),
    ],
    rate: Annotated[float | None, typer.Option(envvar="RATE", help="Tweets a second; 0 is as fast as it goes.")] = None,
    skip: Annotated[int, typer.Option(envvar="SKIP", min=0, help="Leave out this many tweets first.")] = 0,
    limit: Annotated[int | None, typer.Option(envvar="LIMIT", min=0, help="Publish at most this many tweets.")] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", envvar="RESUME", help="Leave out what the topic's tail shows to be there already."),
    ] = False,
    stay: Annotated[
        bool, typer.Option("--stay", envvar="STAY", help="At the file's end wait, idle, until told to stop.")
    ] = False,
    json: Annotated[
        bool,
        typer.Option("--json", envvar="JSON", help="Print the counts as one JSON object on standard output."),
    ] = False,
    kafka_bootstrap_servers: Annotated[
        str | None,
        typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="host:port of the broker, several separated by commas."),
    ] = None,
    kafka_topic: Annotated[str | None, typer.Option(envvar="KAFKA_TOPIC", help="The topic to publish to.")] = None,
) -> None:
    """Publish a file's labelled tweets; exit code 0 when the broker acknowledged every one of them."""
    settings = ProducerSettings.from_options(
        rate=rate, kafka_bootstrap_servers=kafka_bootstrap_servers, kafka_topic=kafka_topic
    )
    log.configure(settings)
    scanned = labelled_files.scan(file)
    found = topic.ensure(settings)
    broken: list[BrokenRow] = []

    def on_broken(row: BrokenRow) -> None:
        broken.append(row)
        if len(broken) <= BROKEN_SHOWN:
            logger.warning("broken row left out", row=str(row))

    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    records = replay_source.records(file, on_broken, skip, limit, scanned)
    if resume:
        records = published(settings, found, file.name).rest(records)
    publisher = Publisher(settings)
    pulse = Pulse(settings, publisher)
    pulse.start()
    with publisher:
        wanted = scanned.lines - skip if limit is None else min(limit, scanned.lines - skip)
        for record in _shown(paced(records, settings.rate), wanted):
            # A resumed replay goes on after what is there: a record that was given up must be the last.
            if stopping.is_set() or (resume and publisher.failed):
                break
            publisher.publish(record)
    counts = {
        "published": publisher.published,
        "acknowledged": publisher.acknowledged,
        "failed": publisher.failed,
        "failures": dict(publisher.failures),
        "broken_rows": len(broken),
        "interrupted": stopping.is_set(),
    }
    logger.info("replay ended", **counts)
    if json:
        sys.stdout.write(orjson.dumps(counts).decode() + "\n")
    if stopping.is_set() or publisher.failed:
        raise typer.Exit(130 if stopping.is_set() else 1)
    if stay:
        stopping.wait()
    pulse.finish()


app.command()(live)


def _shown(records: Iterator[Record], total: int) -> Iterator[Record]:
    columns = (
        TextColumn("publishing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("publishing", total=total, rate="")
        for record in records:
            yield record
            speed = bar.tasks[task].speed
            bar.update(task, advance=1, rate=f"{speed:,.0f}/s" if speed else "")


if __name__ == "__main__":
    command_line.run(app)
