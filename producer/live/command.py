"""`python -m producer live`; what `--help` does not need is imported by the command itself."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from producer.live.settings import LiveSettings
from sentistream.options import Json, with_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from producer.live.rules import Plan
    from producer.record import Record


@with_settings(
    LiveSettings,
    "queries",
    "tags",
    "max_posts",
    "max_cost_usd",
    "price_per_post_usd",
    "budget_file",
    "foreign_rules",
    "backfill_minutes",
    "silence_seconds",
    "x_api_url",
    "kafka_bootstrap_servers",
    "kafka_topic",
    "metrics_port",
)
def live(
    settings: LiveSettings,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", envvar="DRY_RUN", help="Show what would become of X's rules, read nothing and change nothing."
        ),
    ] = False,
    json: Json = False,
    stay: Annotated[
        bool,
        typer.Option("--stay", envvar="LIVE_STAY", help="When the budget is used up wait, idle, until told to stop."),
    ] = False,
) -> None:
    """Publish X's posts as they come, within a budget; the app's bearer token is in X_BEARER_TOKEN."""
    from producer import feed
    from producer.feed import Feed
    from producer.live import preflight, rules
    from producer.live.connection import Connection
    from producer.live.source import LiveSource
    from producer.metrics import Figures
    from sentistream.kafka import topic

    connection = Connection(settings.token(), settings.x_api_url, settings.silence_seconds)
    # What the settings alone refuse comes before X is asked or a budget taken.
    if not dry_run:
        settings.require_a_cap()
    rules.wanted(settings.queries, settings.tags)
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
            topic.ensure(settings, stopping=stopping)
            preflight.apply(connection, settings, plan)
            records = iter(source)
        figures = Figures(
            read=lambda: source.read,
            lag_seconds=lambda: source.lag_seconds or 0.0,
            cost_usd=lambda: float(source.cost_usd),
        )
        ready = Feed("live", records, figures, source.summary)
        feed.publish(settings, ready, stopping, json, stay)


def _show(plan: "Plan", json: bool) -> None:
    from rich.table import Table

    from producer.live.rules import OWN
    from sentistream import terminal

    fates = {"add": plan.add, "remove": plan.remove, "unchanged": plan.unchanged, "foreign": plan.foreign}
    if json:
        shown = {
            fate: [{"value": each.value, "tag": each.tag, "id": each.rule_id} for each in group]
            for fate, group in fates.items()
        }
        sys.stdout.write(terminal.json_line(shown) + "\n")
        return
    table = Table("what", "rule", "tag", "id", title="X's rules")
    for fate, group in fates.items():
        for each in group:
            texts = (each.value, (each.tag or "").removeprefix(OWN), each.rule_id or "")
            table.add_row(fate, *map(terminal.plain, texts))
    terminal.console().print(table)
