"""`sentistream lake query`; what `--help` does not need is imported by the command itself."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from sentistream.errors import UserError
from sentistream.lake import queries, time_travel
from sentistream.lake.lake import Lake
from sentistream.lake.options import AsOf, warn_of_changes
from sentistream.lake.query import formats
from sentistream.lake.query.bounds import QuerySettings
from sentistream.lake.query.formats import Format
from sentistream.options import with_settings
from sentistream.process import whole_file
from sentistream.process.whole_file import STANDARD_OUTPUT
from sentistream.terminal import shown


@with_settings(QuerySettings, "lake_uri", private=False)
def query(
    settings: QuerySettings,
    sql: Annotated[str | None, typer.Argument(help="A DuckDB query over the tables, by their names.")] = None,
    named: Annotated[
        str | None,
        typer.Option(envvar="QUERY_NAMED", help=f"Instead one of delta/queries: {', '.join(queries.names())}."),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            envvar="QUERY_FORMAT",
            help="How the answer is written: by the ending of --out, else a table. In CSV text that a spreadsheet would run begins with '.",
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            envvar="QUERY_OUT",
            help="The file for the answer, replaced where it is there; a query that fails leaves it as it was. - is standard output.",
        ),
    ] = STANDARD_OUTPUT,
    saved_as: Annotated[
        Path | None,
        typer.Option(
            envvar="QUERY_SAVED_AS",
            help="For a script that puts standard output into a file: the file's name, whose ending says the format, and of which the number of rows is said.",
        ),
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Ask the tables a question with DuckDB; nothing can be changed by it, and QUERY_MEMORY, QUERY_THREADS and QUERY_SECONDS bound it."""
    from sentistream.lake.query import box, engine

    if (sql is None) == (named is None):
        raise UserError(
            f"Give a query (SQL=… of make), or --named (NAMED=… of make) with one of {', '.join(queries.names())}.",
            exit_code=2,
        )
    statement = queries.statement(named) if named is not None else sql or ""
    form = form or _by_ending(out if saved_as is None else saved_as)
    lake = Lake.at(settings.lake_uri)
    warn_of_changes(lake)
    then = time_travel.as_of(lake, as_of) if as_of else None
    if then is not None:
        time_travel.require_files(then)
    on_terminal = out == STANDARD_OUTPUT and sys.stdout.isatty()
    bounds = settings.bounds(on_terminal)

    def overdue(refusal: UserError) -> None:
        """End this process, whose main thread hears nothing."""
        sys.stderr.write(f"error: {shown(refusal)}\n")
        with suppress(OSError):
            whole_file.unfinished(out).unlink()
        os._exit(refusal.exit_code)

    with (
        box.confined(bounds),
        engine.asked(lake, statement, then, bounds=bounds, overdue=overdue) as answer,
        whole_file.opened(out, "--out") as output,
    ):
        formats.write(answer, form, output)
    if out != STANDARD_OUTPUT:
        sys.stderr.write(f"Rows written to {shown(out)}: {answer.rows:,}.\n")
    elif saved_as is not None:
        sys.stderr.write(f"Rows for {shown(saved_as)}: {answer.rows:,}.\n")
    if answer.is_cut:
        sys.stderr.write(
            f"Cut at {bounds.rows:,} rows (QUERY_ROWS): a file gets them all (--out FILE; of the containers `make export FILE=…`), and LIMIT asks for fewer.\n"
        )


def _by_ending(out: Path) -> Format:
    ending = out.suffix.removeprefix(".").lower()
    if out == STANDARD_OUTPUT:
        return Format.TABLE
    if out.is_dir():
        raise UserError(f"{out} is a folder: name a file in it for the answer.", exit_code=2)
    if ending not in set(Format) - {Format.TABLE}:
        raise UserError(
            f"{out}: a file's ending says how the answer is written, so end it in .csv, .json or .parquet, or give --format (FORMAT=… of make).",
            exit_code=2,
        )
    return Format(ending)
