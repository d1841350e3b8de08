"""`sentistream lake drift`: whether the versions still meet what they were made for."""

import sys
from dataclasses import asdict
from typing import Any

import typer

from sentistream import terminal
from sentistream.lake.lake import Lake
from sentistream.options import Json, with_settings
from sentistream.settings import LakeSettings

NOBODY_COUNTS = (
    "No version's health is counted here yet: `sentistream tables` does it (HEALTH_SECONDS), once tweets are scored."
)


@with_settings(LakeSettings, "lake_uri")
def drift(settings: LakeSettings, json: Json = False) -> None:
    """Hold the newest tweets of each version against its profile, and say what has moved; exit code 1 where something has for the one that serves."""
    from sentistream.lake.health import report

    found = report.of(Lake.at(settings.lake_uri))
    if json:
        sys.stdout.write(terminal.json_line([_as_json(each) for each in found]) + "\n")
    else:
        _show(found)
    raise typer.Exit(1 if any(each.alarms for each in found if each.is_newest) else 0)


def _as_json(each: Any) -> dict[str, object]:
    return {**asdict(each), "uri": each.uri, "alarms": each.alarms}


def _show(found: list[Any]) -> None:
    from rich.table import Column, Table
    from rich.text import Text

    from sentistream.lake.health import telling

    console = terminal.console()
    if not found:
        console.print(NOBODY_COUNTS)
    for each in found:
        console.print(telling.headline(each))
        if each.verdict is None:
            continue
        rows = Table("what", "", "PSI", "noise", "held-out rows", "now", Column("tweets that show it", overflow="fold"))
        for trait in each.verdict.traits:
            word, style = ("moved", "bold red") if trait.moved else ("noticed", "yellow") if trait.noticed else ("", "")
            ids = ", ".join(map(str, each.examples.get(trait.trait, ())))
            rows.add_row(
                trait.title, Text(word, style), f"{trait.psi:.3f}", f"{trait.floor:.3f}", trait.before, trait.now, ids
            )
        console.print(rows)
        console.print(telling.accuracy(each))
