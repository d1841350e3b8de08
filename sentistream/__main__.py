"""`python -m sentistream`: the lake's tables from the command line, and a local broker."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from sentistream import command_line, lake, maintenance
from sentistream.embedded_broker import EmbeddedBroker
from sentistream.errors import UserError
from sentistream.settings import LakeSettings
from sentistream.terminal import plain

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The lake and a local broker.",
)
lake_app = typer.Typer(no_args_is_help=True, help="Look into the tables.")
app.add_typer(lake_app, name="lake")
LakeUri = Annotated[str | None, typer.Option(envvar="LAKE_URI", help="Where the tables lie.")]


@lake_app.command()
def show(lake_uri: LakeUri = None) -> None:
    """Each table's place, version, rows, files and bytes."""
    settings = LakeSettings.from_options(lake_uri=lake_uri)
    found = lake.describe(settings.lake_uri)
    if not found:
        raise UserError(f"There are no tables at {settings.lake_uri}: LAKE_URI is another, or no processor has run.")
    table = Table(Column("table", no_wrap=True), "version", "rows", "files", "bytes", Column("where", overflow="fold"))
    for row in found:
        table.add_row(row["table"], *(f"{row[name]:,}" for name in ("version", "rows", "files", "bytes")), row["uri"])
    Console().print(table)


@lake_app.command()
def history(
    table: Annotated[str, typer.Argument(help="scored_tweets or rejected_tweets.")] = "scored_tweets",
    limit: Annotated[int, typer.Option(envvar="LIMIT", min=1, help="How many commits.")] = 20,
    lake_uri: LakeUri = None,
) -> None:
    """The latest commits of a table, with what each one counted."""
    settings = LakeSettings.from_options(lake_uri=lake_uri)
    known = next((each for each in lake.TABLES if each.name == table), None)
    if known is None:
        raise UserError(f"{table}: the tables are {', '.join(each.name for each in lake.TABLES)}.", exit_code=2)
    rows = Table("version", "time (ms)", "operation", Column("counts", overflow="fold"))
    for commit in lake.require_table(settings.lake_uri, known).history(limit):
        rows.add_row(
            str(commit.get("version")),
            str(commit.get("timestamp")),
            str(commit.get("operation")),
            str(commit.get("userMetadata", "")),
        )
    Console().print(rows)


@lake_app.command()
def maintain(
    late_duplicates: Annotated[
        bool,
        typer.Option(
            "--late-duplicates",
            envvar="LATE_DUPLICATES",
            help="Also remove later rows of a tweet id, over the whole table.",
        ),
    ] = False,
    lake_uri: LakeUri = None,
) -> None:
    """Merge small files, delete what is past its retention; safe beside a running processor."""
    settings = LakeSettings.from_options(lake_uri=lake_uri)
    shown = Table(Column("table", no_wrap=True), "merged", "into", "deleted", "log", "late", "conflicts")
    for each in lake.TABLES:
        table = lake.require_table(settings.lake_uri, each)
        late = maintenance.remove_late_duplicates(table) if late_duplicates and each is lake.SCORED else None
        merged, cleaned = maintenance.compact(table), maintenance.clean(table, settings.log_kept_commits)
        counts = (
            merged.files_merged,
            merged.files_written,
            cleaned.files_deleted,
            cleaned.log_entries_deleted,
            late.late_duplicates if late else 0,
            merged.conflicts,
        )
        shown.add_row(each.name, *map(str, counts))
    Console().print(shown)


@lake_app.command()
def query(
    sql: Annotated[str, typer.Argument(help="A DuckDB query over scored_tweets and rejected_tweets.")],
    lake_uri: LakeUri = None,
) -> None:
    """Ask the tables a question with DuckDB; nothing can be changed by it."""
    from sentistream import query as engine

    settings = LakeSettings.from_options(lake_uri=lake_uri)
    names, rows = engine.ask(settings.lake_uri, sql)
    table = Table(*names)
    for row in rows:
        table.add_row(*(plain(f"{cell:.4f}" if isinstance(cell, float) else str(cell)) for cell in row))
    Console().print(table)


@app.command()
def broker(
    folder: Annotated[Path, typer.Option(envvar="BROKER_FOLDER", help="Where its data lie.")] = Path(".local/broker"),
    port: Annotated[
        int, typer.Option(envvar="BROKER_PORT", min=1, max=65535, help="On the loopback interface.")
    ] = 9092,
    fresh: Annotated[
        bool, typer.Option("--fresh", envvar="BROKER_FRESH", help="Begin without the data of earlier runs.")
    ] = False,
) -> None:
    """Run a Kafka node for local use until Ctrl-C."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    with EmbeddedBroker(folder, port, fresh) as running:
        sys.stderr.write(f"Kafka serves at {running.bootstrap_servers}; data in {running.folder}; Ctrl-C stops it.\n")
        while not stopping.wait(1):
            if not running.is_running:
                raise UserError(f"Kafka ended by itself; {running.log_file} says why.")


if __name__ == "__main__":
    command_line.run(app)
