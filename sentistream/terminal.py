"""Shows tables and foreign text on a terminal, or whole where standard output is none."""

import sys
from typing import TextIO

from rich.console import Console
from rich.text import Text

WHOLE = 1_000_000
"""Characters of a line that nobody has to fit on a screen."""


def plain(written: str, width: int | None = None) -> Text:
    """Text that is shown as it is: no markup is read from it, and no control character reaches the terminal.

    Args:
        written: any text, a tweet's for instance.
        width: where given, at most this many characters, the last one an ellipsis where some were left out.
    """
    safe = printable(written)
    return Text(safe if width is None or len(safe) <= width else safe[: width - 1] + "…")


def printable(written: str) -> str:
    """Text without control characters, each a blank instead."""
    return "".join(character if character.isprintable() else " " for character in written)


def console(output: TextIO | None = None) -> Console:
    """A console on standard output, or another, that reads no markup; into a file or a pipe a table is as wide as its cells, and none is cut."""
    output = output or sys.stdout
    return Console(file=output, markup=False, emoji=False, width=None if output.isatty() else WHOLE)
