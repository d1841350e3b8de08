"""Patterns and replacements in Java's syntax, read by Python's parser; what the two would not read alike is refused."""

import re
from itertools import pairwise
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from sentistream.scoring.mllib.alphabet import Ranges, complement, union
from sentistream.scoring.mllib.errors import CannotCompileError

CATEGORIES: dict[Any, Ranges] = {
    op.CATEGORY_SPACE: ((9, 13), (32, 32)),
    op.CATEGORY_DIGIT: ((48, 57),),
    op.CATEGORY_WORD: ((48, 57), (65, 90), (95, 95), (97, 122)),
    op.CATEGORY_NOT_SPACE: complement(((9, 13), (32, 32))),
    op.CATEGORY_NOT_DIGIT: complement(((48, 57),)),
    op.CATEGORY_NOT_WORD: complement(((48, 57), (65, 90), (95, 95), (97, 122))),
}
"""Java's \\s, \\d and \\w without flags: ASCII (https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html)."""
SURROGATES = frozenset(f"u{first}{second}" for first in "dD" for second in "89abcdefABCDEF")
"""How the escape of half a surrogate pair begins."""


def parsed(pattern: str) -> list[Any]:
    """A pattern → the items of Python's parser.

    Raises:
        CannotCompileError: it holds what Java could read otherwise.
    """
    _refuse_where_java_differs(pattern)
    try:
        return list(
            parser.parse(re.sub(r"\\(x\{([0-9a-fA-F]{1,6})\}|.)", _translated, pattern, flags=re.DOTALL), re.ASCII).data
        )
    except (re.error, OverflowError) as error:
        raise CannotCompileError(f"the pattern {pattern}: {error}") from error


def characters(code: Any, argument: Any) -> Ranges | None:
    """The characters of an item that takes exactly one."""
    if code is op.LITERAL:
        return ((argument, argument),)
    if code is op.NOT_LITERAL:
        return complement(((argument, argument),))
    if code is not op.IN:
        return None
    parts: list[tuple[int, int]] = []
    negated = False
    for inner, value in argument:
        if inner is op.NEGATE:
            negated = True
        elif inner is op.LITERAL:
            parts.append((value, value))
        elif inner is op.RANGE:
            parts.append(value)
        else:
            parts.extend(CATEGORIES[value])
    return complement(union(parts)) if negated else union(parts)


def template(replacement: str) -> list[str | int]:
    """A replacement in the syntax of Java's `Matcher.appendReplacement` → texts and numbers of groups."""
    pieces: list[str | int] = []
    for found in re.finditer(r"\\(.)|\$(\d)|([^\\$]+)|(.)", replacement, re.DOTALL):
        if found[4] is not None:
            raise CannotCompileError(f"the replacement {replacement} is not taken")
        pieces.append(int(found[2]) if found[2] is not None else found[1] or found[3])
    if any(
        isinstance(piece, str) and piece[:1].isdigit() and isinstance(before, int) for before, piece in pairwise(pieces)
    ):
        raise CannotCompileError(f"the replacement {replacement}: digits after a group are not taken")
    if 0 in pieces:
        raise CannotCompileError(f"the replacement {replacement}: $0 is not taken")
    return pieces


def _translated(escape: re.Match[str]) -> str:
    """Java's braced hexadecimal escape in Python's syntax; every other escape as it is."""
    return escape[0] if escape[2] is None else f"\\U{int(escape[2], 16):08x}"


def _refuse_where_java_differs(pattern: str) -> None:
    inside_class = False
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if 0xD800 <= ord(character) <= 0xDFFF:
            raise CannotCompileError(f"the pattern {pattern!r} holds half a surrogate pair")
        if character == "\\":
            following = pattern[at + 1 : at + 2]
            if following.isdigit() and (inside_class or pattern[at + 2 : at + 3].isdigit()):
                raise CannotCompileError(f"the pattern {pattern}: \\{following} could be an octal number")
            if (following.isalnum() and following not in "uxsSdDwWnrtf123456789") or pattern[
                at + 1 : at + 4
            ] in SURROGATES:
                raise CannotCompileError(f"the pattern {pattern}: \\{following} is not taken")
            at += 2
            continue
        if not inside_class and re.match(r"\(\?(?!:|=|!|<=|<!)", pattern[at:]):
            raise CannotCompileError(f"the pattern {pattern}: flags and names are not taken")
        if inside_class and (character == "[" or pattern.startswith("&&", at)):
            raise CannotCompileError(f"the pattern {pattern}: a class within a class is not taken")
        if character == "[":
            inside_class = True
            # Java takes a first ] for a literal only after an escape.
            if pattern[at + 1 : at + 2] == "]" or pattern[at + 1 : at + 3] == "^]":
                raise CannotCompileError(f"the pattern {pattern}: an unescaped ] opens a class")
        elif character == "]":
            inside_class = False
        at += 1
