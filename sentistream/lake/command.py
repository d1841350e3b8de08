"""`sentistream lake`: the tables from the command line."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Column, Table

from sentistream.errors import UserError
from sentistream.lake import time_travel
from sentistream.lake.erasure.command import forget
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, late_duplicates, retention
from sentistream.lake.schema import migrate
from sentistream.lake.tables import EVERY, SCORED, TABLES
from sentistream.options import Json, with_settings
from sentistream.settings import DoctorSettings, LakeSettings, RetentionSettings
from sentistream.terminal import plain

app = typer.Typer(no_args_is_help=True, help="Look into the tables, query and keep them.")
app.command()(forget)
AsOf = Annotated[
    str | None,
    typer.Option(envvar="AS_OF", help="As it was then: an ISO time (UTC), or a version of scored_tweets."),
]


def _warn_of_changes(lake: Lake) -> None:
    for sentence in migrate.newer(lake):
        sys.stderr.write(f"{sentence} What is shown may lack what it means.\n")
    for table, handle in lake.opened().items():
        if (changed := lake.changed(table, handle)) is not None:
            sys.stderr.write(f"{changed}\n")


@app.command()
@with_settings(LakeSettings, "lake_uri")
def show(settings: LakeSettings, as_of: AsOf = None) -> None:
    """Each table's place, version, rows, files and bytes."""
    lake = Lake.at(settings.lake_uri)
    sizes = lake.sizes(time_travel.as_of(lake, as_of) if as_of else None)
    if not sizes:
        raise UserError(f"There are no tables at {lake.uri}: LAKE_URI is another, or no processor has run.")
    _warn_of_changes(lake)
    Console().print(_sizes(sizes))


def _sizes(sizes: list[dict[str, Any]], where: bool = True) -> Table:
    table = Table(Column("table", no_wrap=True), "version", "rows", "files", "bytes")
    if where:
        table.add_column("where", overflow="fold")
    for row in sizes:
        counts = (f"{row[name]:,}" for name in ("version", "rows", "files", "bytes"))
        table.add_row(row["table"], *counts, *([row["uri"]] if where else []))
    return table


@app.command()
@with_settings(LakeSettings, "lake_uri")
def history(
    settings: LakeSettings,
    table: Annotated[str, typer.Argument(help="A table's name, as `show` has it after the slash.")] = "scored_tweets",
    limit: Annotated[int, typer.Option(envvar="LIMIT", min=1, help="How many commits.")] = 20,
) -> None:
    """The latest commits of a table, with what each one counted."""
    known = next((each for each in EVERY if each.name == table), None)
    if known is None:
        raise UserError(f"{table}: the tables are {', '.join(each.name for each in EVERY)}.", exit_code=2)
    rows = Table("version", "time (ms)", "operation", Column("counts", overflow="fold"))
    lake = Lake.at(settings.lake_uri)
    for commit in (lake.as_it_is(known) or lake.require(known)).history(limit):
        rows.add_row(
            str(commit.get("version")),
            str(commit.get("timestamp")),
            str(commit.get("operation")),
            str(commit.get("userMetadata", "")),
        )
    Console().print(rows)


@app.command()
@with_settings(RetentionSettings, "lake_uri")
def maintain(
    settings: RetentionSettings,
    remove_late: Annotated[
        bool,
        typer.Option(
            "--late-duplicates",
            envvar="LATE_DUPLICATES",
            help="Also remove later rows of a tweet, over the whole table.",
        ),
    ] = False,
) -> None:
    """Merge small files, delete and drop what is past its retention; safe beside a running processor."""
    lake = Lake.at(settings.lake_uri)
    migrate.require_not_newer(lake)
    dropped = {each.table: each for each in retention.retire(lake, settings)}
    shown = Table(
        Column("table", no_wrap=True), "days", "merged", "into", "deleted", "log", "late", "reused", "conflicts"
    )
    for each in TABLES:
        table = lake.require(each)
        late = late_duplicates.remove(table) if remove_late and each is SCORED else None
        merged, cleaned = compaction.compact(table), compaction.clean(table, settings.log_kept_commits)
        counts = (
            dropped[table.table_uri].days,
            merged.files_merged,
            merged.files_written,
            cleaned.files_deleted,
            cleaned.log_entries_deleted,
            late.rows if late else 0,
            late.reused if late else 0,
            merged.conflicts + dropped[table.table_uri].conflicts,
        )
        shown.add_row(each.name, *map(str, counts))
    Console().print(shown)


@app.command()
@with_settings(DoctorSettings, "lake_uri")
def doctor(
    settings: DoctorSettings,
    json: Json = False,
) -> None:
    """Examine every promise of the tables, beside a running processor too; exit code 1 where one is broken."""
    from sentistream.lake import doctor as surgery

    lake = Lake.at(settings.lake_uri)
    findings, tables = surgery.examine(lake, settings), lake.sizes()
    broken = surgery.any_broken(findings)
    if json:
        report = {"kept": not broken, "findings": [asdict(each) for each in findings], "tables": tables}
        sys.stdout.write(orjson.dumps(report).decode() + "\n")
    else:
        Console().print(_sizes(tables, where=False))
        shown = Table("promise", "of", "", Column("found", overflow="fold"))
        styles = {"kept": "green", "noted": "yellow", "skipped": "dim", "broken": "bold red"}
        for each in findings:
            shown.add_row(each.promise, each.subject, f"[{styles[each.verdict]}]{each.verdict}[/]", plain(each.found))
        Console().print(shown)
    raise typer.Exit(1 if broken else 0)


@app.command()
@with_settings(LakeSettings, "lake_uri")
def query(
    settings: LakeSettings,
    sql: Annotated[str | None, typer.Argument(help="A DuckDB query over the tables, by their names.")] = None,
    named: Annotated[str | None, typer.Option(envvar="NAMED", help="One of delta/queries instead.")] = None,
    as_of: AsOf = None,
) -> None:
    """Ask the tables a question with DuckDB; nothing can be changed by it."""
    from sentistream.lake import queries
    from sentistream.lake import query as engine

    if named is not None:
        sql = queries.statement(named)
    if sql is None:
        raise UserError(f"Give a query, or --named with one of {', '.join(queries.names())}.", exit_code=2)
    lake = Lake.at(settings.lake_uri)
    _warn_of_changes(lake)
    then = time_travel.as_of(lake, as_of) if as_of else None
    if then is not None:
        time_travel.require_files(then)
    columns, rows = engine.ask(lake, sql, then)
    table = Table(*columns)
    for row in rows:
        table.add_row(*(plain(f"{cell:.4f}" if isinstance(cell, float) else str(cell)) for cell in row))
    Console().print(table)
