"""A group that a pattern or its replacement refers to: one copy of the pattern for each string that it may stand for."""

import re
from itertools import pairwise

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.regex.tree import Around, Choice, Group, Items, Reference, Set, inner, with_inner

LARGEST_GROUP = 64
"""Strings that a group may stand for where it is referred to."""


def references(items: Items) -> set[int]:
    """The groups that a pattern refers to."""
    numbers = {item.number for item in items if isinstance(item, Reference)}
    return numbers.union(*(references(each) for item in items for each in inner(item)))


def template(replacement: str) -> list[str | int]:
    """A replacement in the syntax of Java's `Matcher.appendReplacement` → texts and numbers of groups."""
    pieces: list[str | int] = []
    for part in re.finditer(r"\\(.)|\$(\d)|([^\\$]+)|(.)", replacement, re.DOTALL):
        if part[4] is not None:
            raise CannotCompileError(f"the replacement {replacement} is not taken")
        pieces.append(int(part[2]) if part[2] is not None else part[1] or part[3])
    if any(
        isinstance(piece, str) and piece[:1].isdigit() and isinstance(before, int) for before, piece in pairwise(pieces)
    ):
        raise CannotCompileError(f"the replacement {replacement}: digits after a group are not taken")
    if 0 in pieces:
        raise CannotCompileError(f"the replacement {replacement}: $0 is not taken")
    return pieces


def variants(items: Items, group: int, pattern: str) -> list[tuple[Items, str]]:
    """One copy of the pattern for each string that its group may stand for, in the order in which they are tried."""
    at = next((at for at, item in enumerate(items) if isinstance(item, Group) and item.number == group), None)
    if at is None or not all(isinstance(item, Set | Around) for item in items[:at]):
        raise CannotCompileError(f"the pattern {pattern}: its group {group} is not at a fixed place")
    [inside] = inner(items[at])
    return [
        (_substituted((*items[:at], *_literal(text), *items[at + 1 :]), group, text), text)
        for text in _strings(inside, pattern)
    ]


def _strings(items: Items, pattern: str) -> list[str]:
    """The finitely many strings of a sequence, the preferred first."""
    strings = [""]
    for item in items:
        tails: list[str] = []
        if isinstance(item, Set) and sum(high - low + 1 for low, high in item.ranges) <= LARGEST_GROUP:
            tails = [chr(point) for low, high in item.ranges for point in range(low, high + 1)]
        elif isinstance(item, Choice):
            tails = [text for branch in item.branches for text in _strings(branch, pattern)]
        strings = [head + tail for head in strings for tail in tails]
        if not 0 < len(strings) <= LARGEST_GROUP:
            raise CannotCompileError(f"the pattern {pattern}: a group that is referred to has too many forms")
    return strings


def _literal(text: str) -> Items:
    return tuple(Set(((ord(character), ord(character)),)) for character in text)


def _substituted(items: Items, group: int, text: str) -> Items:
    return tuple(
        each
        for item in items
        for each in (
            _literal(text)
            if item == Reference(group)
            else (with_inner(item, lambda within: _substituted(within, group, text)),)
        )
    )
