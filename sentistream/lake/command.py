"""`sentistream lake`: the tables from the command line."""

import sys
import time
from dataclasses import asdict
from typing import Annotated, Any

import structlog
import typer
from rich.table import Column, Table
from rich.text import Text

from sentistream import terminal
from sentistream.errors import UserError
from sentistream.lake import time_travel
from sentistream.lake.erasure.command import forget
from sentistream.lake.health.command import drift
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance.command import maintain
from sentistream.lake.options import AsOf, warn_of_changes
from sentistream.lake.query.command import query
from sentistream.lake.tables import EVERY
from sentistream.options import Json, with_settings
from sentistream.settings import DoctorSettings, LakeSettings

log = structlog.get_logger()
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look into the tables, query and keep them.")
app.command()(drift)
app.command()(forget)
app.command()(query)
app.command()(maintain)


@app.command()
@with_settings(LakeSettings, "lake_uri")
def show(settings: LakeSettings, as_of: AsOf = None) -> None:
    """Each table's place, version, rows, files and bytes."""
    lake = Lake.at(settings.lake_uri)
    sizes = lake.sizes(time_travel.as_of(lake, as_of) if as_of else None)
    if not sizes:
        raise UserError(f"There are no tables at {lake.uri}: LAKE_URI is another, or no processor has run.")
    warn_of_changes(lake)
    terminal.console().print(_sizes(sizes))


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
    limit: Annotated[int, typer.Option(envvar="HISTORY_LIMIT", min=1, help="How many commits.")] = 20,
) -> None:
    """The latest commits of a table, with what each one counted."""
    known = next((each for each in EVERY if each.name == table), None)
    if known is None:
        raise UserError(f"{table}: the tables are {', '.join(each.name for each in EVERY)}.", exit_code=2)
    rows = Table("version", "time", "operation", Column("counts", overflow="fold"))
    lake = Lake.at(settings.lake_uri)
    warn_of_changes(lake)
    for commit in (lake.as_it_is(known) or lake.require(known)).history(limit):
        rows.add_row(
            str(commit.get("version")),
            time_travel.written(commit["timestamp"]) if "timestamp" in commit else "",
            terminal.plain(str(commit.get("operation"))),
            terminal.plain(str(commit.get("userMetadata", ""))),
        )
    terminal.console().print(rows)


@app.command()
@with_settings(DoctorSettings, "lake_uri", "mlflow_tracking_uri", "doctor_metrics_file")
def doctor(
    settings: DoctorSettings,
    json: Json = False,
    watch: Annotated[
        float,
        typer.Option(
            envvar="DOCTOR_WATCH_SECONDS", min=0, help="Examine again after so many seconds, until stopped; 0: once."
        ),
    ] = 0,
) -> None:
    """Examine every promise of the tables, beside a running processor too; exit code 1 where one is broken."""
    lake = Lake.at(settings.lake_uri)
    while watch:
        try:
            _examine(lake, settings, json)
        except UserError as refused:
            # There may be tables the next time.
            log.warning("the tables can't be examined, trying again", reason=str(refused), seconds=watch)
        time.sleep(watch)
    raise typer.Exit(1 if _examine(lake, settings, json) else 0)


def _examine(lake: Lake, settings: DoctorSettings, json: bool) -> bool:
    """Examine once, and show it; whether a promise is broken."""
    from sentistream.lake import doctor as surgery
    from sentistream.lake.doctor import record

    started = time.monotonic()
    findings, tables = surgery.examine(lake, settings), lake.sizes()
    seconds = time.monotonic() - started
    try:
        record.keep(lake, findings, seconds)
    except UserError as refused:
        # Who may only read the tables may examine them, too.
        log.warning("the findings are not kept for the page Health", why=str(refused))
    if settings.doctor_metrics_file is not None:
        from sentistream.lake.doctor import textfile

        textfile.write(settings.doctor_metrics_file, findings, seconds)
    broken = surgery.any_broken(findings)
    if json:
        report = {"kept": not broken, "findings": [asdict(each) for each in findings], "tables": tables}
        sys.stdout.write(terminal.json_line(report) + "\n")
    else:
        terminal.console().print(_sizes(tables, where=False))
        shown = Table("promise", "of", "", Column("found", overflow="fold"))
        styles = {"kept": "green", "noted": "yellow", "skipped": "dim", "broken": "bold red"}
        for each in findings:
            shown.add_row(
                each.promise, each.subject, Text(each.verdict, styles[each.verdict]), terminal.plain(each.found)
            )
        terminal.console().print(shown)
    return broken
