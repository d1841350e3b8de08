"""The colours of the sentiments, on every page and in every terminal.

Of Okabe and Ito 2008, told apart by the colour-blind; darker or lighter where text or a thin line needs it on the page's paper.
"""

from dataclasses import dataclass

from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE

COLOURS = {NEGATIVE: "#d55e00", NEUTRAL: "#8a8f98", POSITIVE: "#0072b2"}
"""Sentiment → its colour on any ground: in a terminal, and in a chart that a page recolours."""
LIGHT = {NEGATIVE: "#c24e00", NEUTRAL: "#757a83", POSITIVE: "#0072b2"}
"""On light paper."""
DARK = {NEGATIVE: "#f08a4b", NEUTRAL: "#a2a7af", POSITIVE: "#5ab4ec"}
"""On dark paper."""


@dataclass(frozen=True)
class Variables:
    """CSS custom properties, `--negative: #…; --neutral: #…; --positive: #…;`."""

    light: str
    dark: str


def variables() -> Variables:
    """The colours as a page declares them."""
    light, dark = (" ".join(f"--{name}: {colour};" for name, colour in colours.items()) for colours in (LIGHT, DARK))
    return Variables(light, dark)
