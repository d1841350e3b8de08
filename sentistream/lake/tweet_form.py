"""The normal form of a tweet's text, by which one tweet is known again in another form: with other entities, links or white space, or cut short.

Every beginning of a text has a normal form that the text's own begins with, or that begins with it, so a cut at any character is known again. Of links
only that there is one counts, since X writes `https://t.co/…` where others write what it stands for.
"""

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

SPACES = r"[\t-\r\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]"
"""All white space but the blank."""
LINK = r"(?i)(http)s?:[!-~]*"
IS_CUT = r"(?:…|\.\.)(?: ?http:)?$|&[#0-9A-Za-z]*$|(?i:https)$"
CUT_MARK = r" ?(?:…|\.{2,})(?: ?http:)?$"
"""What X puts where it cuts, with its link to the whole."""
CUT_ENTITY = r"&(?:a|am|amp|ap|apo|apos|g|gt|l|lt|n|nb|nbs|nbsp|q|qu|quo|quot|#[0-9]{0,7}|#[xX][0-9a-fA-F]{0,6})?$"
CUT_LINK = r"(?i)(http)s$"
ODD = rf"&|(?i:https?):|(?i:https)$|…$|\.\.$|  |{SPACES}"
"""A text without any of these, and without a blank at its ends, is its own normal form."""
ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos|nbsp)|#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
TIMES_ESCAPED = 2
"""Exports of exports hold `&amp;lt;`."""


def normal(texts: pa.Array) -> pa.Array:
    """The normal form of each text, never longer than it in UTF-8 and never empty."""
    return _where(ODD, _normal, _given(pc.ascii_trim(texts, " "), texts))


def is_same_tweet(one: str, other: str) -> bool:
    """Whether two normal forms are those of one tweet: equal, or one is the other's beginning."""
    return one.startswith(other) or other.startswith(one)


def _normal(texts: pa.Array) -> pa.Array:
    whole = _where("&", _decoded, texts)
    whole = _where(f"  |{SPACES}", _in_one_line, whole)
    whole = _where("(?i)http", lambda linking: pc.replace_substring_regex(linking, LINK, r"\1:"), whole)
    return _where(IS_CUT, _ended, _given(whole, texts))


def _where(pattern: str, change: Callable[[pa.Array], pa.Array], texts: pa.Array) -> pa.Array:
    """Change the few texts that a pattern finds: to look is cheap, to replace is not."""
    found = pc.match_substring_regex(texts, pattern)
    chosen = texts.filter(found)
    return pc.replace_with_mask(texts, found, change(chosen)) if len(chosen) else texts


def _given(texts: pa.Array, otherwise: pa.Array) -> pa.Array:
    """The texts, or the others where nothing is left."""
    return pc.if_else(pc.equal(texts, ""), otherwise, texts)


def _in_one_line(texts: pa.Array) -> pa.Array:
    blank = _where(SPACES, lambda odd: pc.replace_substring_regex(odd, SPACES, " "), texts)
    for _ in range(3):
        # Eight become one; longer runs are left to the slower way.
        blank = pc.replace_substring(blank, "  ", " ")
    return pc.ascii_trim(_where("  ", lambda long: pc.replace_substring_regex(long, " +", " "), blank), " ")


def _ended(texts: pa.Array) -> pa.Array:
    ended = texts
    for cut, kept in ((CUT_MARK, ""), (CUT_ENTITY, ""), (CUT_LINK, r"\1")):
        ended = pc.replace_substring_regex(ended, cut, kept)
    return _given(pc.ascii_trim(ended, " "), texts)


def _decoded(texts: pa.Array) -> pa.Array:
    return pa.array([_without_entities(text) for text in texts.to_pylist()], texts.type)


def _without_entities(text: str) -> str:
    for _ in range(TIMES_ESCAPED):
        text = ENTITY.sub(_character, text)
    return text


def _character(entity: re.Match[str]) -> str:
    name, decimal, hexadecimal = entity.groups()
    if name is not None:
        return NAMED[name]
    point = int(decimal) if decimal is not None else int(hexadecimal, 16)
    is_character = 0 < point < 0xD800 or 0xDFFF < point <= 0x10FFFF
    return chr(point) if is_character else entity[0]
