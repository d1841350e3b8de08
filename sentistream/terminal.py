"""Shows tables and foreign text on a terminal, or whole where standard output is none; nothing that is shown can move, colour or hide anything."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

WHOLE = 1_000_000
"""Characters of a line that nobody has to fit on a screen."""
SENTENCE = 4_000
"""Characters of a sentence or a field of a log line, at most."""
TRACEBACK = 20_000
"""Characters of text that has lines of its own, at most."""
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
JOINED = "\u0590-\u1cff\ua800-\uabff\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff"
"""After which a joiner belongs to what is written: the scripts that need one, and emoji."""
MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
STACKED = 8
"""Accents on one character; with more it grows over the lines above and below."""
NEVER = (
    # Control characters, and half a pair of UTF-16.
    "\x00-\x1f\x7f-\x9f\ud800-\udfff"
    # Direction, ends of lines and paragraphs, what has no width: Default_Ignorable_Code_Point and Bidi_Control of Unicode.
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    "\ufdd0-\ufdef\ufffe\uffff"
)
HIDDEN = re.compile(
    # A text in which none of these is found is passed as fast as it can be read; what makes one hidden stands before it.
    f"[\U0001f3f4{NEVER}\u200c\u200d{SELECTORS}{MARKS}](?:"
    # The flags of England, Scotland and Wales are a black flag and tags.
    "(?P<kept>(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f)"
    f"|(?<=[{NEVER}])"
    f"|(?<=[\u200c\u200d])(?<![{JOINED}][\u200c\u200d])"
    f"|(?<=\\A[{SELECTORS}])|(?<=[{SELECTORS}]{{2}})"
    f"|(?<=[{MARKS}]{{{STACKED + 1}}}))"
)
"""What a terminal may obey or hide."""


def shown(written: object, width: int | None = SENTENCE) -> str:
    r"""Foreign text as one line in which everything can be seen: ESC is `\x1b`, the end of a line `\n`, a right-to-left override `\u202e`.

    Emoji, accents and scripts that are written from right to left stay as they are. A backslash does, too: what is shown is for the eye, and not to be read back.

    Args:
        written: any text, a tweet's for instance, or what has one.
        width: at most this many characters, the last one an ellipsis where some were left out; None is all.
    """
    text = str(written)
    # Nothing gets shorter below, so that the rest of a long text need not be looked at.
    seen = HIDDEN.sub(_escaped, text if width is None else text[: width + 1])
    return seen if width is None or len(seen) <= width else seen[: width - 1] + "…"


def shown_lines(written: object, width: int | None = TRACEBACK) -> str:
    """As `shown`, for text of several lines, which they stay: a traceback, a library's message. What is left out was in the middle: what failed stands at the end."""
    text = str(written)
    if width is not None and len(text) > 2 * width:
        text = text[:width] + text[-width:]
    seen = "\n".join(shown(line, None) for line in text.split("\n"))
    if width is None or len(seen) <= width:
        return seen
    begin = width // 4
    return f"{seen[:begin]}…{seen[begin + 1 - width :]}"


def shown_within(value: object, as_text: Callable[[object], str] = shown) -> object:
    """Numbers, None and truth as they are; text, and all else as text, as `shown` has it, also within lists and mappings."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {shown(key): shown_within(each, as_text) for key, each in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [shown_within(each, as_text) for each in value]
    return as_text(value)


def json_line(value: Any, default: Any = str, option: int = 0) -> str:
    r"""JSON for programs that hides nothing on a terminal and controls none: what `shown` escapes is escaped in JSON's way. Half a pair of UTF-16, which JSON can't hold, is written as `\udc80`."""
    import orjson

    try:
        line = orjson.dumps(value, default=default, option=option).decode()
    except orjson.JSONEncodeError:
        line = orjson.dumps(_without_halves(value), default=default, option=option).decode()
    return HIDDEN.sub(_in_json, line)


def on_page(value: object) -> object:
    """Jinja's `finalize`: text that goes into a page as `shown_lines` has it, before it is escaped; what is a part of the page already stays."""
    return shown_lines(value, None) if isinstance(value, str) and not hasattr(value, "__html__") else value


def plain(written: object, width: int | None = None) -> "Text":
    """Text for a table that is shown as it is: no markup is read from it, and `shown` has gone over it."""
    from rich.text import Text

    return Text(shown(written, width))


def console(output: TextIO | None = None) -> "Console":
    """A console on standard output, or another, that reads no markup; into a file or a pipe a table is as wide as its cells, and none is cut.

    Text that is given to it, a title or a cell, comes out as `shown_lines` has it.
    """
    output = output or sys.stdout
    made: Console = _kind()(file=output, markup=False, emoji=False, width=None if output.isatty() else WHOLE)
    return made


@cache
def _kind() -> type["Console"]:
    """The class, made when it is used first: to import rich takes longer than most commands."""
    from rich.console import Console

    class Seen(Console):
        def render_str(self, text: str, **options: Any) -> "Text":
            return super().render_str(shown_lines(text, None), **options)

    return Seen


def _escaped(found: re.Match[str]) -> str:
    return found[0] if found["kept"] else ascii(found[0])[1:-1]


def _in_json(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _without_halves(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_without_halves(key): _without_halves(each) for key, each in value.items()}
    return [_without_halves(each) for each in value] if isinstance(value, list | tuple) else value
