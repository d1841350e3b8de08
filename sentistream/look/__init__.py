"""The look of every page, in one place: the dashboard's, the trainer's report and the comparison of two versions."""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sentistream import palette
from sentistream.terminal import on_page

FOLDER = Path(__file__).parent
SCROLLS = Markup('class="scroll" tabindex="0" role="group" aria-label="Scrolls sideways where it is wide"')
"""Attributes of a box around what may be wider than a phone: who has no mouse scrolls it by keys."""


def style() -> str:
    """The style sheet that all pages share, with the sentiments' colours."""
    colours = palette.variables()
    own = f":root {{ {colours.light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {colours.dark} }} }}\n"
    return own + (FOLDER / "look.css").read_text(encoding="utf-8")


def environment(folder: Path) -> Environment:
    """Jinja's, for the templates of a folder and those here: what is put in is text and nothing else, and all of it can be seen.

    A page that is one file extends `paper.html`.
    """
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(FOLDER)]),
        autoescape=True,
        finalize=on_page,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"style": lambda: Markup(style()), "scrolls": SCROLLS}  # noqa: S704 - our own file
    return made
