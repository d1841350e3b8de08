"""Makes foreign text safe for a terminal."""

from rich.text import Text


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
