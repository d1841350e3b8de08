"""The commands about tweets that are already in the lake: `rescore` and `compare`; what `--help` does not need is imported by themselves."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, track
from rich.table import Table

from sentistream import terminal
from sentistream.contracts.model_version import NAMED_BY
from sentistream.errors import UserError
from sentistream.options import with_settings
from stream_processor.settings import ProcessorSettings

if TYPE_CHECKING:
    from sentistream.contracts.model_version import ModelVersion
    from stream_processor.history.rescore import Progress as Rescored

From = Annotated[
    str | None, typer.Option("--from", envvar="PERIOD_FROM", help="Only tweets created at this ISO 8601 time or later.")
]
To = Annotated[
    str | None, typer.Option("--to", envvar="PERIOD_TO", help="Only tweets created before this ISO 8601 time.")
]
SETTINGS = ("lake_uri", "mlflow_tracking_uri", "model_name")


@with_settings(ProcessorSettings, *SETTINGS)
def rescore(
    settings: ProcessorSettings,
    model: Annotated[str, typer.Option(envvar="RESCORE_MODEL", help=f"{NAMED_BY}.")],
    start: From = None,
    end: To = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", envvar="DRY_RUN", help="Score, count what would change, and write nothing.")
    ] = False,
) -> None:
    """Score the tweets of the lake again with a registered version; safe beside `run`; the same call resumes a killed one."""
    from sentistream.lake.lake import Lake
    from sentistream.lake.locks import lake_lock
    from sentistream.lake.period import Period
    from sentistream.lake.schema import migrate
    from sentistream.lake.tables import SCORED
    from sentistream.scoring import named_version, registry
    from stream_processor.history import proven, scan
    from stream_processor.history import rescore as rescoring
    from stream_processor.stream import profile_record

    period, lake = Period.parse(start, end), Lake.at(settings.lake_uri)
    with lake_lock.only_rescoring(lake):
        migrate.require_not_newer(lake, (SCORED,))
        table = lake.require(SCORED)
        version = named_version.resolve(settings, model)
        proven.require_labels(version, registry.resolve(settings))
        scorer = proven.proven_scorer(settings, version)
        if not dry_run:
            profile_record.keep(lake, settings, scorer.version)
        looked_at = scan.count(table, period.expressions())
        due = scan.count(table, [scan.scored_by_another(version), *period.expressions()])
        started = time.monotonic()
        with Progress(console=terminal.console(sys.stderr)) as shown:
            task = shown.add_task("scoring", total=due)
            done = rescoring.rescore(
                lake,
                scorer,
                period,
                dry_run=dry_run,
                report=lambda so_far: shown.update(task, completed=so_far.rescored),
            )
    terminal.console().print(_summary(version, looked_at, done, time.monotonic() - started, dry_run))


def _summary(model: "ModelVersion", looked_at: int, done: "Rescored", seconds: float, dry_run: bool) -> Table:
    shown = Table("what", "value", title=model.uri, caption="Nothing was written." if dry_run else None)
    figures = {
        "rows looked at": f"{looked_at:,}",
        "would be rescored" if dry_run else "rescored": f"{done.rescored:,}",
        "another sentiment": f"{done.changed:,}",
        "commits": f"{done.commits:,}",
        "conflicts, tried again": f"{done.conflicts:,}",
        "removed meanwhile": f"{done.gone:,}",
        "rows a second": f"{done.rescored / max(seconds, 1e-9):,.0f}",
    }
    for name, value in figures.items():
        shown.add_row(name, value)
    return shown


@with_settings(ProcessorSettings, *SETTINGS)
def compare(
    settings: ProcessorSettings,
    model: Annotated[list[str], typer.Option(envvar="COMPARE_MODELS", help=f"Given twice: {NAMED_BY}.")],
    start: From = None,
    end: To = None,
    html: Annotated[
        Path | None, typer.Option(envvar="COMPARE_HTML", help="Also write a page that needs no network.")
    ] = None,
) -> None:
    """Score the tweets of the lake with two registered versions, each text once, and show where they differ; the lake stays as it is."""
    if len(model) != 2:
        raise UserError(f"--model: give two versions, not {len(model)}.", exit_code=2)
    from sentistream.evaluation.distinct import Met
    from sentistream.lake.lake import Lake
    from sentistream.lake.period import Period
    from sentistream.lake.tables import SCORED
    from sentistream.scoring import named_version
    from stream_processor.history import comparison_report, proven, scan
    from stream_processor.history.comparison import Comparison, Pair, compared
    from stream_processor.stream.succession import served_versions

    period = Period.parse(start, end)
    table = Lake.at(settings.lake_uri).require(SCORED)
    first, second = (named_version.resolve(settings, each) for each in model)
    scorers = [proven.proven_scorer(settings, version) for version in (first, second)]
    for scorer in scorers:
        served_versions.require(table, scorer.version)
    pair = Pair(first, second)
    comparison, met = Comparison.empty(pair), Met()
    rows = scan.count(table, period.expressions())
    days = track(scan.days(table), description=f"scoring {rows:,} tweets twice", console=terminal.console(sys.stderr))
    for day in days:
        for tweets in scan.read(table, day, ["text", "lang", "label"], period.expressions()):
            comparison = comparison + compared(tweets, scorers, met)
    for part in comparison_report.shown(comparison):
        terminal.console().print(part)
    if html is not None:
        comparison_report.write(comparison, html, (start, end))
