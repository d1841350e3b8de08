"""`python -m producer synthetic`; what `--help` does not need is imported by the command itself."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from producer.settings import ProducerSettings
from sentistream.errors import UserError
from sentistream.options import Json, with_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from producer.record import Record


@with_settings(ProducerSettings, "rate", "kafka_bootstrap_servers", "kafka_topic", "metrics_port")
def synthetic(
    settings: ProducerSettings,
    limit: Annotated[
        int | None,
        typer.Option(envvar="SYNTHETIC_LIMIT", min=0, help="Publish so many records; without it, until told to stop."),
    ] = None,
    seed: Annotated[
        int, typer.Option(envvar="SYNTHETIC_SEED", min=0, help="The same seed gives the same ids and texts.")
    ] = 0,
    duplicates: Annotated[
        float,
        typer.Option(
            envvar="SYNTHETIC_DUPLICATES", min=0, max=1, help="Share of records that repeat one of the last 1,000."
        ),
    ] = 0.0,
    late: Annotated[
        float, typer.Option(envvar="SYNTHETIC_LATE", min=0, max=1, help="Share of tweets that are about an hour old.")
    ] = 0.0,
    malformed: Annotated[
        float, typer.Option(envvar="SYNTHETIC_MALFORMED", min=0, max=1, help="Share of records that are no tweet.")
    ] = 0.0,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", envvar="SYNTHETIC_RESUME", help="Go on after what the topic's tail shows of this seed."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Publish invented tweets, for load tests; they are marked as synthetic."""
    if duplicates + late + malformed > 1:
        raise UserError(
            "--duplicates, --late and --malformed are shares of one whole: together at most 1.", exit_code=2
        )
    from producer import feed
    from producer.feed import Feed
    from producer.metrics import Figures
    from producer.pacing import Pace
    from producer.resume import published
    from producer.synthetic.source import Shares, SyntheticSource
    from sentistream.kafka import topic

    source = SyntheticSource(seed, Shares(duplicates, late, malformed))
    stopping = feed.stop_on_signals()
    tweets = topic.ensure(settings, stopping=stopping)
    records: Iterator[Record] = islice(source, limit)
    if resume:
        records = published(settings, tweets, source.positions).rest(records)
    pace = Pace(sleep=stopping.wait)
    figures = Figures(read=lambda: source.read, lag_seconds=lambda: pace.behind_seconds)
    ready = Feed("synthetic", pace.at_rate(records, settings.rate), figures, lambda: {"read": source.read})
    feed.publish(settings, ready, stopping, json)
