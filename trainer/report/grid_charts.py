"""The grid in pictures: how good each cell is, and what it costs."""

from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from trainer.report.cells import CellRow
from trainer.report.drawing import BLUE, GREEN, INK, ORANGE, PAPER, PURPLE, RED, SOFT, picture, within_shares

MARKS = {
    "logistic-regression": (BLUE, "o"),
    "linear-svm": (ORANGE, "s"),
    "naive-bayes": (GREEN, "^"),
    "decision-tree": (PURPLE, "v"),
    "random-forest": (RED, "D"),
}
OTHER = (SOFT, "P")
DECADE = 10
TICKS = 5
"""On an axis of less than a decade."""
OFF_SCALE = 0.1
"""Macro-F1 below the best: further cells stand at the edge, so that the differences among the good ones show."""


def quality(rows: Sequence[CellRow]) -> Markup:
    """Macro-F1 with its interval: a line for each feature set, a mark for each cell."""
    best = max(row.validation.macro_f1 for row in rows)
    sets = list(dict.fromkeys(row.features for row in sorted(rows, key=lambda row: -row.validation.macro_f1)))
    kinds = _kinds(rows)
    edge = best - OFF_SCALE

    members = [
        sorted((row for row in rows if row.features == each), key=lambda row: kinds.index(row.kind)) for each in sets
    ]
    heights = [max(1.0, 0.36 * len(mine)) for mine in members]
    ends = np.cumsum([0.0, *heights])

    def draw(axes: Axes) -> None:
        for mine, height, start in zip(members, heights, ends, strict=False):
            for place, row in enumerate(mine):
                _dot(axes, row, start + height * (place + 1) / (len(mine) + 1), edge)
        for start, end in zip(ends[1::2], ends[2::2], strict=False):
            axes.axhspan(start, end, color=SOFT, alpha=0.08, linewidth=0)
        axes.set_yticks((ends[:-1] + ends[1:]) / 2, sets)
        axes.set_ylim(ends[-1], 0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("macro-F1 on the validation rows")
        within_shares(axes, "x")
        _legend(axes, kinds, len(kinds))

    alt = (
        f"Macro-F1 of {len(rows)} cells in {len(sets)} feature sets, from {min(row.validation.macro_f1 for row in rows):.3f} "
        f"to {best:.3f}; the best feature set is {sets[0]}."
    )
    return picture("quality", alt, draw, (6.6, 1.2 + 0.34 * float(ends[-1])))


def cost(rows: Sequence[CellRow], name: str, label: str, of: Callable[[CellRow], float]) -> Markup:
    """Macro-F1 against something that a cell costs, on a logarithmic axis; the winner and the reference are named."""
    kinds = _kinds(rows)

    def draw(axes: Axes) -> None:
        for row in rows:
            colour, mark = MARKS.get(row.kind, OTHER)
            filled = colour if row.outcome.compiled else PAPER
            axes.plot(
                max(of(row), 1e-3),
                row.validation.macro_f1,
                mark,
                color=colour,
                markerfacecolor=filled,
                markersize=6,
                alpha=0.85,
            )
        for row in rows:
            if row.is_winner or row.is_reference:
                axes.plot(
                    max(of(row), 1e-3),
                    row.validation.macro_f1,
                    "o",
                    markersize=13,
                    fillstyle="none",
                    color=INK,
                    markeredgewidth=1,
                )
                said = "winner" if row.is_winner else "published"
                below = not row.is_winner
                axes.annotate(
                    said, (max(of(row), 1e-3), row.validation.macro_f1), (0, -18 if below else 10), textcoords="offset points", ha="center"
                )  # fmt: skip
        axes.set_xscale("log")
        axes.margins(x=0.12, y=0.14)
        within_shares(axes, "y")
        _plain_ticks(axes)
        axes.set_xlabel(label)
        axes.set_ylabel("macro-F1")
        _legend(axes, kinds, 2)

    fastest = max(rows, key=of)
    alt = f"Macro-F1 of {len(rows)} cells against {label}; the largest value, {of(fastest):,.1f}, is that of {fastest.outcome.cell}."
    return picture(name, alt, draw, (4.7, 4.2))


def _plain_ticks(axes: Axes) -> None:
    """Label a logarithmic axis in plain numbers; Matplotlib would do it in TeX's signs where it shows less than a decade."""
    low, high = axes.get_xlim()
    if high < DECADE * low:
        axes.xaxis.set_major_locator(MaxNLocator(TICKS))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 100 else f"{value:.3g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _dot(axes: Axes, row: CellRow, y: float, edge: float) -> None:
    colour, mark = MARKS.get(row.kind, OTHER)
    value = row.validation.macro_f1
    if value < edge:
        axes.plot(edge, y, "<", color=colour, markersize=5)
        axes.annotate(
            f"{value:.2f}", (edge, y), (7, 0), textcoords="offset points", va="center", fontsize=7, color=SOFT
        )
        return
    low = max(row.interval.low, edge)
    axes.plot([low, row.interval.high], [y, y], color=colour, alpha=0.55, linewidth=1.4)
    axes.plot(value, y, mark, color=colour, markersize=5.5)
    if row.is_winner:
        axes.plot(value, y, "o", markersize=11, fillstyle="none", color=INK, markeredgewidth=1)


def _kinds(rows: Sequence[CellRow]) -> list[str]:
    known = [kind for kind in MARKS if any(row.kind == kind for row in rows)]
    return known + sorted({row.kind for row in rows} - set(known))


def _legend(axes: Axes, kinds: Sequence[str], columns: int) -> None:
    handles = [
        Line2D([], [], linestyle="none", marker=mark, color=colour, label=kind)
        for kind in kinds
        for colour, mark in [MARKS.get(kind, OTHER)]
    ]
    axes.figure.legend(handles=handles, loc="outside upper left", ncols=columns, handletextpad=0.2, columnspacing=1.2)
