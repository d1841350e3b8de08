"""`python -m producer replay`; what `--help` does not need is imported by the command itself."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from producer.settings import ProducerSettings
from sentistream.errors import UserError
from sentistream.files.options import FileOptions, with_file_options
from sentistream.options import Json, with_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import FilteringBoundLogger

    from producer.record import Record
    from producer.replay.source import Tell
    from sentistream.files.rows import BrokenRow

BROKEN_SHOWN = 5
"""Broken rows that are reported one by one; the rest are counted."""


@with_settings(ProducerSettings, "rate", "kafka_bootstrap_servers", "kafka_topic", "metrics_port")
@with_file_options
def replay(
    settings: ProducerSettings,
    files: Annotated[
        list[str],
        typer.Argument(
            envvar="REPLAY_FILE",
            help="Files, folders, globs, s3://bucket/key or - for standard input: CSV in its dialects, JSON of APIs and programs, "
            "Parquet, told by content; plain or packed by gzip, zstd, bzip2, xz or zip (docs/files.md). `sentistream inspect` shows "
            "what would be read.",
        ),
    ],
    speed: Annotated[
        float | None,
        typer.Option(envvar="SPEED", help="Instead: so many times as fast as the tweets' own times say."),
    ] = None,
    skip: Annotated[int, typer.Option(envvar="REPLAY_SKIP", min=0, help="Leave out this many tweets first.")] = 0,
    limit: Annotated[
        int | None, typer.Option(envvar="REPLAY_LIMIT", min=0, help="Publish at most this many tweets.")
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", envvar="LOOP", help="Begin anew at the end, with new ids each round.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", envvar="REPLAY_RESUME", help="Leave out what the topic's tail shows to be there already."
        ),
    ] = False,
    stay: Annotated[
        bool, typer.Option("--stay", envvar="REPLAY_STAY", help="At the end wait, idle, until told to stop.")
    ] = False,
    forward_bad: Annotated[
        bool,
        typer.Option("--forward-bad", envvar="FORWARD_BAD", help="Publish broken rows too, for the rejected table."),
    ] = False,
    json: Json = False,
    *,
    options: FileOptions,
) -> None:
    """Publish files of tweets; exit code 0 when the broker acknowledged every one of them."""
    if speed is not None and not (0 < speed < float("inf")):
        raise UserError("--speed (SPEED): a number greater than 0.", exit_code=2)
    if speed is not None and "rate" in settings.model_fields_set:
        raise UserError("--rate and --speed exclude each other: one pace is enough.", exit_code=2)
    from producer import feed
    from producer.feed import Feed
    from producer.metrics import Figures
    from producer.pacing import Pace
    from producer.replay.prepared import as_published, prepare, require_any, require_files
    from producer.replay.source import ReplaySource
    from producer.resume import published
    from sentistream.files.content.inputs import expand
    from sentistream.kafka import topic

    inputs = expand(files)
    if loop:
        require_files(inputs)
    prepared = prepare(inputs, options)
    source = ReplaySource(prepared, _tell(), loop, forward_bad)
    if not forward_bad:
        require_any(prepared, inputs)
    stopping = feed.stop_on_signals()
    tweets = topic.ensure(settings, stopping=stopping)
    source.take_at_most(topic.largest_record(settings, stopping))
    records: Iterator[Record] = islice(source, skip, None if limit is None else skip + limit)
    if resume:
        held = published(settings, tweets, source.positions)
        source.read_as(as_published(prepared, held.readings, options))
        if loop and not skip and limit is None:
            source.begin_in(held.first_round)
        records = held.rest(records)
    pace = Pace(sleep=stopping.wait)
    due = (
        pace.at_rate(records, settings.rate)
        if speed is None
        else pace.by_own_times(records, speed, lambda: source.round)
    )
    figures = Figures(read=lambda: source.counts.read, lag_seconds=lambda: pace.behind_seconds)
    ready = Feed("replay", due, figures, source.summary, source.share)
    feed.publish(settings, ready, stopping, json, stay)
    if source.counts.times_unread:
        _log().warning(
            "times that can't be read: these tweets have the time of their arrival; --date-format says how to read them",
            tweets=source.counts.times_unread,
        )
    if source.counts.read and not source.counts.tweets:
        raise UserError("No row was a usable tweet.")


def _log() -> "FilteringBoundLogger":
    import structlog

    return structlog.get_logger()  # type: ignore[no-any-return]  # structlog's is untyped


def _tell() -> "Tell":
    logger = _log()
    told = 0

    def tell(row: "BrokenRow") -> None:
        nonlocal told
        told += 1
        if told <= BROKEN_SHOWN:
            logger.warning("broken row", row=str(row))

    return tell
