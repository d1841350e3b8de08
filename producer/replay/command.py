"""`python -m producer replay`."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import structlog
import typer

from producer import feed
from producer.feed import Feed
from producer.metrics import Figures
from producer.options import BootstrapServers, Json, MetricsPort, Rate, TopicName
from producer.pacing import Pace
from producer.record import Record
from producer.replay.inputs import expand
from producer.replay.source import ReplaySource, Tell
from producer.resume import published
from producer.settings import ProducerSettings
from sentistream import log
from sentistream.errors import UserError
from sentistream.files.labelled_files import BrokenRow
from sentistream.kafka import topic

BROKEN_SHOWN = 5
"""Broken rows that are reported one by one; the rest are counted."""
logger = structlog.get_logger()


def replay(
    files: Annotated[
        list[str],
        typer.Argument(
            envvar="REPLAY_FILE",
            help="Files, folders, globs, s3://bucket/key or - for standard input: Sentiment140 CSV, headed CSV, SemEval TSV, "
            "JSON of the v2 and v1.1 APIs or Activity Streams, told by content; plain, gzip or zstd.",
        ),
    ],
    rate: Rate = None,
    speed: Annotated[
        float | None,
        typer.Option(envvar="SPEED", help="Instead: so many times as fast as the tweets' own times say."),
    ] = None,
    skip: Annotated[int, typer.Option(envvar="SKIP", min=0, help="Leave out this many tweets first.")] = 0,
    limit: Annotated[int | None, typer.Option(envvar="LIMIT", min=0, help="Publish at most this many tweets.")] = None,
    loop: Annotated[
        bool, typer.Option("--loop", envvar="LOOP", help="Begin anew at the end, with new ids each round.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option("--resume", envvar="RESUME", help="Leave out what the topic's tail shows to be there already."),
    ] = False,
    stay: Annotated[
        bool, typer.Option("--stay", envvar="STAY", help="At the end wait, idle, until told to stop.")
    ] = False,
    forward_bad: Annotated[
        bool,
        typer.Option("--forward-bad", envvar="FORWARD_BAD", help="Publish broken rows too, for the rejected table."),
    ] = False,
    json: Json = False,
    kafka_bootstrap_servers: BootstrapServers = None,
    kafka_topic: TopicName = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Publish files of tweets; exit code 0 when the broker acknowledged every one of them."""
    if speed is not None and not (0 < speed < float("inf")):
        raise UserError("--speed (SPEED): a number greater than 0.", exit_code=2)
    if speed is not None and rate is not None:
        raise UserError("--rate and --speed exclude each other: one pace is enough.", exit_code=2)
    settings = ProducerSettings.from_options(
        rate=rate,
        kafka_bootstrap_servers=kafka_bootstrap_servers,
        kafka_topic=kafka_topic,
        metrics_port=metrics_port,
    )
    log.configure(settings)
    source = ReplaySource(expand(files), _tell(), loop, forward_bad)
    found = topic.ensure(settings)
    stopping = feed.stop_on_signals()
    records: Iterator[Record] = islice(source, skip, None if limit is None else skip + limit)
    if resume:
        records = published(settings, found, source.positions).rest(records)
    pace = Pace(sleep=stopping.wait)
    due = (
        pace.at_rate(records, settings.rate)
        if speed is None
        else pace.by_own_times(records, speed, lambda: source.round)
    )
    figures = Figures(read=lambda: source.counts.read, lag_seconds=lambda: pace.behind_seconds)
    ready = Feed("replay", due, figures, source.summary, source.share)
    feed.publish(settings, ready, stopping, json, stay)


def _tell() -> Tell:
    told = 0

    def tell(row: BrokenRow) -> None:
        nonlocal told
        told += 1
        if told <= BROKEN_SHOWN:
            logger.warning("broken row", row=str(row))

    return tell
