"""Which texts are scored: the rule of the stream, and of every other door that takes texts."""

from typing import NamedTuple

MAX_TEXT_CHARACTERS = 25_000
"""The longest post X takes (https://docs.x.com/resources/fundamentals/counting-characters)."""


class TextFault(NamedTuple):
    """Why a text is not scored."""

    reason: str
    """A code of docs/rejections.md."""
    detail: str
    """For a person, to go on after "the text "."""


EMPTY = TextFault("empty_text", "is empty or white space")
NUL = TextFault("nul_in_text", "holds a NUL character")
TOO_LONG = "text_too_long"


def fault(text: str) -> TextFault | None:
    """What keeps a text from being scored; None where nothing does."""
    if not text.strip():
        return EMPTY
    if len(text) > MAX_TEXT_CHARACTERS:
        return TextFault(TOO_LONG, f"has {len(text)} characters, at most {MAX_TEXT_CHARACTERS} are taken")
    return NUL if "\0" in text else None
