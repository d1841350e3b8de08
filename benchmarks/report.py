"""The cases as a table for a terminal, as JSON, and as one picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import orjson
from matplotlib.figure import Figure
from rich.table import Table

from benchmarks.measurement import Case

BAR = "#4477aa"
OURS = "#228833"


def table(cases: Sequence[Case]) -> Table:
    """One row a case, by group."""
    shown = Table("case", "median", "lowest–highest", "unit", "what it is", title="benchmarks")
    group = ""
    for case in cases:
        if case.group != group:
            shown.add_section()
            shown.add_row(f"[bold]{case.group}")
            group = case.group
        low, high = case.spread
        more = ", ".join(f"{name} {_figure(value)}" for name, value in case.details.items())
        shown.add_row(
            case.name,
            _figure(case.median),
            f"{_figure(low)}–{_figure(high)}",
            case.unit,
            ", ".join(filter(None, (case.note, more))),
        )
    return shown


def write(cases: Sequence[Case], machine: dict[str, Any], folder: Path) -> None:
    """`result.json` and `result.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    result = {"machine": machine, "cases": [case.as_dict() for case in cases]}
    (folder / "result.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    picture(cases).savefig(folder / "result.svg")


def picture(cases: Sequence[Case]) -> Figure:
    """A panel of bars for each group."""
    groups = list(dict.fromkeys(case.group for case in cases))
    # Text as text: a reader can search and copy it.
    mpl.rcParams["svg.fonttype"] = "none"
    heights = [sum(case.group == group for case in cases) + 1 for group in groups]
    figure = Figure(figsize=(9, 0.5 * sum(heights) + 0.5), layout="constrained")
    panels = figure.subplots(len(groups), 1, height_ratios=heights, squeeze=False)[:, 0]
    for panel, group in zip(panels, groups, strict=True):
        mine = [case for case in cases if case.group == group][::-1]
        medians = [case.median for case in mine]
        errors = [[case.median - case.spread[0] for case in mine], [case.spread[1] - case.median for case in mine]]
        colours = [OURS if "sentistream" in case.name or "compiled" in case.name else BAR for case in mine]
        bars = panel.barh([case.name for case in mine], medians, xerr=errors, color=colours)
        panel.bar_label(bars, [_figure(value) for value in medians], padding=6)
        panel.set_title(f"{group} ({mine[0].unit})", loc="left")
        panel.margins(x=0.12)
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
