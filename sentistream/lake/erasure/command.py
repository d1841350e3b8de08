"""`sentistream lake forget`."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sentistream import terminal
from sentistream.lake.lake import Lake
from sentistream.lake.tables import FILES_KEPT_HOURS
from sentistream.options import with_settings
from sentistream.settings import ForgetSettings

TweetIds = Annotated[
    list[int] | None,
    typer.Option("--tweet-id", envvar="TWEET_ID", help="A tweet to forget; may be given several times."),
]
AuthorIds = Annotated[
    list[int] | None,
    typer.Option(
        "--author-id",
        envvar="AUTHOR_ID",
        help="An author whose tweets until now are forgotten; may be given several times.",
    ),
]
SubjectsFile = Annotated[
    Path | None, typer.Option("--file", envvar="FORGET_FILE", help="A file with a tweet's id or author:ID a line.")
]
NoWait = Annotated[
    bool,
    typer.Option("--no-wait", envvar="NO_WAIT", help="Leave bronze to `stream_processor tables`, where that runs."),
]


@with_settings(ForgetSettings, "lake_uri")
def forget(
    settings: ForgetSettings,
    tweet_id: TweetIds = None,
    author_id: AuthorIds = None,
    file: SubjectsFile = None,
    no_wait: NoWait = False,
) -> None:
    """Remove tweets from every table for good, beside a running processor too; needs FORGET_KEY."""
    from sentistream.lake.erasure.forget import Erasure
    from sentistream.lake.erasure.subjects import gathered

    subjects = gathered(tweet_id or (), author_id or (), file)
    lake = Lake.at(settings.lake_uri)
    erasure = Erasure(lake, settings, wait=not no_wait, say=lambda told: sys.stderr.write(f"{terminal.shown(told)}\n"))
    done = erasure.forget(subjects)
    shown = Table("table", "rows", "")
    shown.add_row("silver/scored_tweets", f"{done.scored:,}", "deleted")
    shown.add_row("bronze/rejected_tweets", f"{done.rejected:,}", "emptied")
    by_keeper = f"{'left to' if no_wait else 'emptied by'} `stream_processor tables`"
    shown.add_row(
        "bronze/raw_tweets",
        "" if done.raw is None else f"{done.raw:,}",
        "emptied" if done.raw is not None else by_keeper,
    )
    shown.add_row("gold/sentiment_per_minute", "", "follows with the next update by `stream_processor tables`")
    terminal.console().print(shown)
    until = datetime.now(UTC) + timedelta(hours=FILES_KEPT_HOURS)
    sys.stdout.write(
        f"Request {done.request}. The replaced files stay for readers of older versions until {until:%H:%M} UTC; the clean-up after that deletes "
        "them (hourly beside running processes, else `lake maintain`).\n"
    )
