"""`python -m producer live`."""

import signal
import sys
import threading
from typing import Annotated

import orjson
import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from producer.live import preflight, rules
from producer.live.connection import Connection
from producer.live.rules import OWN, Plan
from producer.live.settings import LiveSettings
from producer.live.source import LiveSource
from producer.publisher import Publisher
from producer.pulse import Pulse
from sentistream import log, topic

logger = structlog.get_logger()


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
    json: Annotated[
        bool, typer.Option("--json", envvar="JSON", help="Print the counts as one JSON object on standard output.")
    ] = False,
    kafka_bootstrap_servers: Annotated[
        str | None,
        typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="host:port of the broker, several separated by commas."),
    ] = None,
    kafka_topic: Annotated[str | None, typer.Option(envvar="KAFKA_TOPIC", help="The topic to publish to.")] = None,
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
    )
    log.configure(settings)
    connection = Connection(settings.token(), settings.x_api_url, settings.silence_seconds)
    if dry_run:
        _show(preflight.planned(connection, settings), json)
        return
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    with LiveSource(settings, stopping, connection) as source:
        plan = preflight.planned(connection, settings)
        rules.refuse_foreign(plan, settings.foreign_rules)
        topic.ensure(settings)
        preflight.apply(connection, settings, plan)
        publisher = Publisher(settings)
        pulse = Pulse(settings, publisher)
        pulse.start()
        with publisher:
            for record in source:
                publisher.publish(record)
                # A post that was given up is paid for: no further ones until Kafka takes them.
                if publisher.failed:
                    break
        pulse.finish()
    counts = {
        "read": source.read,
        "repeated": source.repeated,
        "unreadable": source.unreadable,
        "published": publisher.published,
        "acknowledged": publisher.acknowledged,
        "failed": publisher.failed,
        "failures": dict(publisher.failures),
        "reconnects": source.reconnects,
        "cost_usd": float(source.cost_usd),
        "budget_posts": source.budget.posts,
        "budget_cost_usd": float(source.budget.cost_usd),
        "budget_posts_left": source.budget.left,
        "interrupted": stopping.is_set(),
    }
    logger.info("live ended", **counts)
    if json:
        sys.stdout.write(orjson.dumps(counts).decode() + "\n")
    if stopping.is_set() or publisher.failed:
        raise typer.Exit(130 if stopping.is_set() else 1)


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
