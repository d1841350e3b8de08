"""Matplotlib figures as inline SVG that takes its colours and letters from the page."""

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sentistream import palette
from sentistream.contracts.labels import NEUTRAL
from sentistream.terminal import shown, shown_lines

INK, SOFT, RULE, PAPER = "#1b1b1f", "#5f6368", "#d4d7dc", "#fdfdfe"
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7"
"""Of Okabe and Ito 2008: told apart by the colour-blind. Never the only difference: shape or dashes differ too."""
VARIABLES = {
    INK: "ink", SOFT: "soft", RULE: "rule", PAPER: "paper",
    BLUE: "blue", ORANGE: "orange", GREEN: "green", RED: "red", PURPLE: "purple",
    palette.COLOURS[NEUTRAL]: "neutral",
}  # fmt: skip
"""Colour → the page's variable, which has another value in a dark room."""
SMALL = (4.7, 3.6)
"""Inches, for a chart that fills a phone and half a desk's width."""
STYLE: dict[Any, Any] = {
    # Text as text: a reader can search and copy it.
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
}
NOT_DRAWN = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>|<defs>\s*</defs>", re.DOTALL)
REFERENCE = re.compile(r'(?:url\(#|href="#)([^)"]+)')
TAG = re.compile(r"<[^>]+>")
TOO_FINE = re.compile(r"(\.\d\d)\d+")
COLOUR = re.compile("|".join(VARIABLES))


def picture(name: str, alt: str, draw: Callable[[Axes], None], size: tuple[float, float] = SMALL) -> Markup:
    """Draw one panel and return it as an `<svg>` element.

    `name` is unique on the page: it keeps the elements' ids apart, and the same from run to run. `size` in inches.
    """
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        written = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", transparent=True, metadata=nothing)
    return _inline(written.getvalue(), alt, size)


def within_shares(axes: Axes, which: str = "xy") -> None:
    """End the axes, which show shares, at 0 and 1 where their margins would go beyond."""
    for name in which:
        get, put = (axes.get_xlim, axes.set_xlim) if name == "x" else (axes.get_ylim, axes.set_ylim)
        low, high = get()
        put(max(low, 0.0), min(high, 1.0))
    for line in axes.lines:
        x, y = (np.asarray(each, np.float64) for each in line.get_data())
        # A mark that stands at the very end is drawn whole; what lies beyond is cut.
        if _within(x, axes.get_xlim()) and _within(y, axes.get_ylim()):
            line.set_clip_on(False)


def _within(values: npt.NDArray[np.float64], limits: tuple[float, float]) -> bool:
    return bool((values >= min(limits)).all() and (values <= max(limits)).all())


def _inline(svg: str, alt: str, size: tuple[float, float]) -> Markup:
    svg = NOT_DRAWN.sub("", svg[svg.index("<svg") :])
    root, body = svg.split(">", 1)
    found = re.search(r'viewBox="[^"]*"', root)
    used = set(REFERENCE.findall(body))
    body = re.sub(r' id="([^"]*)"', lambda id_: id_[0] if id_[1] in used else "", body)
    body = TAG.sub(_tag, body)
    opening = f'<svg {found[0] if found else ""} role="img" aria-label="{escape(shown(alt))}" style="max-width:{size[0] * 96:.0f}px">'
    return Markup(opening + shown_lines(re.sub(r"\n\s*", "\n", body).strip(), None))  # noqa: S704 - matplotlib escapes what it writes


def _tag(tag: re.Match[str]) -> str:
    return COLOUR.sub(lambda colour: f"var(--{VARIABLES[colour[0]]})", TOO_FINE.sub(r"\1", tag[0])).replace(
        "xlink:", ""
    )
