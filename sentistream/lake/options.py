"""What the commands that look into the lake share: `--as-of`, and a word about tables that aren't what this version declares."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from sentistream.errors import UserError, full_stop
from sentistream.lake.lake import Lake
from sentistream.lake.schema import migrate
from sentistream.lake.tables import EVERY
from sentistream.terminal import shown

AsOf = Annotated[
    str | None,
    typer.Option(envvar="AS_OF", help="As it was then: an ISO time (UTC), or a version of scored_tweets."),
]


def warn_of_changes(lake: Lake) -> None:
    """Say on standard error where a table can't be read, a newer version has written one, or another program has changed one."""
    for sentence in changes(lake):
        sys.stderr.write(f"{shown(sentence)}\n")


def changes(lake: Lake) -> Iterator[str]:
    """Where a table can't be read, a newer version has written one, or another program has changed one, in sentences."""
    for table in EVERY:
        found = lake.look(table)
        if isinstance(found, UserError):
            yield f"{full_stop(str(found))} It is left out."
        elif found is not None:
            if (newer := migrate.is_newer(table, found)) is not None:
                yield f"{newer} What is shown may lack what it means."
            if (changed := lake.changed(table, found)) is not None:
                yield changed
