"""`python -m producer live`."""

import sys
from collections.abc import Iterator
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from producer import feed
from producer.feed import Feed
from producer.live import preflight, rules
from producer.live.connection import Connection
from producer.live.rules import OWN, Plan
from producer.live.settings import LiveSettings
from producer.live.source import LiveSource
from producer.metrics import Figures
from producer.options import BootstrapServers, Json, MetricsPort, TopicName
from producer.record import Record
from sentistream import log
from sentistream.kafka import topic


def live(
    query: Annotated[
        list[str] | None,
        typer.Option(help="A rule in X's language; repeat it for more. In the environment: QUERIES, one a line."),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(help="A name for each --query, in the same order. In the environment: TAGS, one a line."),
    ] = None,
    max_posts: Annotated[
        int | None,
        typer.Option(envvar="MAX_POSTS", help="Read at most this many posts, over all runs with this budget file."),
    ] = None,
    max_cost_usd: Annotated[
        str | None,
        typer.Option(
            envvar="MAX_COST_USD", help="Spend at most this many dollars, over all runs with this budget file."
        ),
    ] = None,
    price_per_post_usd: Annotated[
        str | None, typer.Option(envvar="PRICE_PER_POST_USD", help="What X takes for a post (0.005).")
    ] = None,
    budget_file: Annotated[
        str | None, typer.Option(envvar="BUDGET_FILE", help="Where the count is kept (.local/producer/budget.json).")
    ] = None,
    foreign_rules: Annotated[
        str | None,
        typer.Option(
            envvar="FOREIGN_RULES", help="Rules of the app that were not made here: refuse, keep or remove (refuse)."
        ),
    ] = None,
    backfill_minutes: Annotated[
        int | None,
        typer.Option(
            envvar="BACKFILL_MINUTES",
            help="Minutes of missed posts to ask for after a disconnection, where the plan has it (0).",
        ),
    ] = None,
    silence_seconds: Annotated[
        float | None, typer.Option(envvar="SILENCE_SECONDS", help="How long a connection may be silent (25).")
    ] = None,
    x_api_url: Annotated[str | None, typer.Option(envvar="X_API_URL", help="Where X's API answers.")] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", envvar="DRY_RUN", help="Show what would become of X's rules, read nothing and change nothing."
        ),
    ] = False,
    json: Json = False,
    stay: Annotated[
        bool, typer.Option("--stay", envvar="STAY", help="When the budget is used up wait, idle, until told to stop.")
    ] = False,
    kafka_bootstrap_servers: BootstrapServers = None,
    kafka_topic: TopicName = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Publish X's posts as they come, within a budget; the app's bearer token is in X_BEARER_TOKEN."""
    settings = LiveSettings.from_options(
        queries=query or None,
        tags=tag or None,
        max_posts=max_posts,
        max_cost_usd=max_cost_usd,
        price_per_post_usd=price_per_post_usd,
        budget_file=budget_file,
        foreign_rules=foreign_rules,
        backfill_minutes=backfill_minutes,
        silence_seconds=silence_seconds,
        x_api_url=x_api_url,
        kafka_bootstrap_servers=kafka_bootstrap_servers,
        kafka_topic=kafka_topic,
        metrics_port=metrics_port,
    )
    log.configure(settings)
    connection = Connection(settings.token(), settings.x_api_url, settings.silence_seconds)
    if dry_run:
        _show(preflight.planned(connection, settings), json)
        return
    stopping = feed.stop_on_signals()
    with LiveSource(settings, stopping, connection) as source:
        records: Iterator[Record] = iter(())
        if source.budget.left or not stay:
            source.require_budget()
            plan = preflight.planned(connection, settings)
            rules.refuse_foreign(plan, settings.foreign_rules)
            topic.ensure(settings)
            preflight.apply(connection, settings, plan)
            records = iter(source)
        figures = Figures(
            read=lambda: source.read,
            lag_seconds=lambda: source.lag_seconds or 0.0,
            cost_usd=lambda: float(source.cost_usd),
        )
        ready = Feed("live", records, figures, source.summary)
        feed.publish(settings, ready, stopping, json, stay)


def _show(plan: Plan, json: bool) -> None:
    fates = {"add": plan.add, "remove": plan.remove, "unchanged": plan.unchanged, "foreign": plan.foreign}
    if json:
        shown = {
            fate: [{"value": each.value, "tag": each.tag, "id": each.rule_id} for each in found]
            for fate, found in fates.items()
        }
        sys.stdout.write(orjson.dumps(shown).decode() + "\n")
        return
    table = Table("what", "rule", "tag", "id", title="X's rules")
    for fate, found in fates.items():
        for each in found:
            # Text: square brackets in a rule are no markup.
            table.add_row(fate, Text(each.value), Text((each.tag or "").removeprefix(OWN)), each.rule_id or "")
    Console().print(table)
