"""A group that a pattern or its replacement refers to: one copy of the pattern for each string that it may stand for."""

from collections.abc import Sequence
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.java_syntax import characters

LARGEST_GROUP = 64
"""Strings that a group may stand for where it is referred to."""


def references(items: Sequence[Any]) -> set[int]:
    """The groups that a pattern refers to."""
    found: set[int] = set()
    for code, argument in items:
        if code is op.GROUPREF:
            found.add(argument)
        for inner in _inner(code, argument):
            found |= references(inner)
    return found


def _inner(code: Any, argument: Any) -> list[Any]:
    if code is op.BRANCH:
        return list(argument[1])
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        return [argument[2]]
    if code is op.SUBPATTERN:
        return [argument[3]]
    return [argument[1]] if code in (op.ASSERT, op.ASSERT_NOT) else []


def variants(items: list[Any], group: int, pattern: str) -> list[tuple[list[Any], str]]:
    """One copy of the pattern for each string that its group may stand for, in the order in which they are tried."""
    at = next((i for i, (code, argument) in enumerate(items) if code is op.SUBPATTERN and argument[0] == group), None)
    if at is None or any(
        characters(*item) is None and item[0] not in (op.ASSERT, op.ASSERT_NOT) for item in items[:at]
    ):
        raise CannotCompileError(f"the pattern {pattern}: its group {group} is not at a fixed place")
    strings = list(_strings(items[at][1][3], pattern))
    return [(_substituted([*items[:at], *_literal(text), *items[at + 1 :]], group, text), text) for text in strings]


def _strings(items: Sequence[Any], pattern: str) -> list[str]:
    """The finitely many strings of a sequence, the preferred first."""
    strings = [""]
    for code, argument in items:
        ranges = characters(code, argument)
        if ranges is not None and sum(high - low + 1 for low, high in ranges) <= LARGEST_GROUP:
            tails = [chr(point) for low, high in ranges for point in range(low, high + 1)]
        elif code is op.BRANCH:
            tails = [text for branch in argument[1] for text in _strings(branch, pattern)]
        else:
            tails = []
        strings = [head + tail for head in strings for tail in tails]
        if not 0 < len(strings) <= LARGEST_GROUP:
            raise CannotCompileError(f"the pattern {pattern}: a group that is referred to has too many forms")
    return strings


def _literal(text: str) -> list[Any]:
    return [(op.LITERAL, ord(character)) for character in text]


def _substituted(items: Sequence[Any], group: int, text: str) -> list[Any]:
    done: list[Any] = []
    for code, argument in items:
        if code is op.GROUPREF and argument == group:
            done += _literal(text)
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            done.append((code, (*argument[:2], _substituted(argument[2], group, text))))
        elif code is op.SUBPATTERN:
            done.append((code, (*argument[:3], _substituted(argument[3], group, text))))
        elif code is op.BRANCH:
            done.append((code, (argument[0], [_substituted(branch, group, text) for branch in argument[1]])))
        else:
            done.append((code, argument))
    return done
