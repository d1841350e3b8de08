"""What the commands that look into the lake share: `--as-of`, and a word about tables that aren't what this version declares."""

import sys
from typing import Annotated

import typer

from sentistream.lake.lake import Lake
from sentistream.lake.schema import migrate

AsOf = Annotated[
    str | None,
    typer.Option(envvar="AS_OF", help="As it was then: an ISO time (UTC), or a version of scored_tweets."),
]


def warn_of_changes(lake: Lake) -> None:
    """Say on standard error where a newer version has written a table, or another program has changed one."""
    for sentence in migrate.newer(lake):
        sys.stderr.write(f"{sentence} What is shown may lack what it means.\n")
    for table, handle in lake.opened().items():
        if (changed := lake.changed(table, handle)) is not None:
            sys.stderr.write(f"{changed}\n")
