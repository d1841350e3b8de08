"""`sentistream inspect`: what would be read of a file."""

import sys
from typing import Annotated, Any

import typer

from sentistream.files.options import FileOptions, Purpose, with_file_options
from sentistream.options import Json

SHOWN_ROWS, SHOWN_TEXT = 5, 60
FACTS = (
    "format", "encoding", "columns", "not_read", "rows", "broken", "passed_over", "ids", "distinct_ids", "times", "labels", "languages",
)  # fmt: skip


@with_file_options
def inspect(
    files: Annotated[list[str], typer.Argument(help="Files, folders, globs, s3://bucket/key or - for standard input.")],
    purpose: Annotated[
        Purpose, typer.Option("--for", envvar="INSPECT_FOR", help="What the file is to be read for.")
    ] = Purpose.REPLAY,
    json: Json = False,
    *,
    options: FileOptions,
) -> None:
    """Show what `replay` or `train` would read of a file, or why it would be refused; publishes nothing."""
    from sentistream.files.content.inputs import expand
    from sentistream.files.inspection import inspect as inspected
    from sentistream.terminal import json_line

    refused = False
    for each in expand(files):
        report = inspected(each, options, purpose)
        refused = refused or report["refused"] is not None
        if json:
            sys.stdout.write(json_line(report) + "\n")
        else:
            _show(report)
    raise typer.Exit(1 if refused else 0)


def _show(report: dict[str, Any]) -> None:
    from rich.table import Column, Table

    from sentistream import terminal
    from sentistream.terminal import plain

    console = terminal.console()
    facts = Table(Column(no_wrap=True), Column(overflow="fold"), show_header=False, title=plain(report["file"]))
    for name in FACTS:
        value = report[name]
        if isinstance(value, dict):
            value = ", ".join(f"{key}: {each}" for key, each in value.items() if each is not None)
        elif isinstance(value, list):
            value = ", ".join(value)
        # Of a file that is refused nothing was counted.
        if value or (value == 0 and not report["refused"]):
            facts.add_row(name.replace("_", " "), plain(str(value)))
    if facts.row_count:
        console.print(facts)
    if report["sample"]:
        rows = Table("id", "text", "label", "created at")
        for row in report["sample"][:SHOWN_ROWS]:
            texts = (row["id"], row["text"], row["label"], row["created_at"])
            rows.add_row(*(plain(each or "", SHOWN_TEXT) for each in texts))
        console.print(rows)
    for kind in ("broken_rows", "warnings"):
        for sentence in report[kind]:
            console.print(
                f"{'broken' if kind == 'broken_rows' else 'note'}: {plain(sentence)}", highlight=False, soft_wrap=True
            )
    if report["refused"]:
        console.print(f"refused: {plain(report['refused'])}", highlight=False, soft_wrap=True)
