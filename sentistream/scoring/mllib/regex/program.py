"""A subset of Java's regular expressions → deterministic automata that find the same matches.

The match of a backtracking engine is the one that its first successful path finds. An automaton over *ordered* lists of threads
finds it without going back (Russ Cox, "Regular Expression Matching: the Virtual Machine Approach", swtch.com/~rsc/regexp/regexp2.html):
a thread that matches cuts off those behind it. One character of look-ahead is a thread that waits for the next character.

What Java and this would not read alike is refused: anchors, word boundaries, flags, nested classes, possessive quantifiers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.regex import groups, java_syntax
from sentistream.scoring.mllib.regex.alphabet import LAST, Ranges
from sentistream.scoring.mllib.regex.tree import (
    Around,
    Choice,
    Group,
    Item,
    Items,
    Reference,
    Repeat,
    Set,
    may_be_empty,
)

BEYOND = ((0xDC00, 0xDFFF), (0x10000, LAST))
LARGEST_PROGRAM = 20_000


@dataclass(frozen=True)
class Char:
    """Takes one character of a set."""

    ranges: Ranges
    then: int


@dataclass(frozen=True)
class Fork:
    """Goes on at each place, the first one preferred."""

    then: tuple[int, ...]


@dataclass(frozen=True)
class Look:
    """Goes on if the character ahead (or behind) is in the set; a set for `negated` is what must not be there."""

    ranges: Ranges
    ahead: bool
    negated: bool
    then: int


@dataclass(frozen=True)
class Match:
    """The pattern has matched; `text` is what stands in its place, where it is replaced."""

    number: int


Instruction: TypeAlias = Char | Fork | Look | Match


@dataclass(frozen=True)
class Program:
    """Instructions of one pattern, where they start, and the text that each numbered match is replaced by."""

    instructions: tuple[Instruction, ...]
    start: int
    replacements: tuple[str, ...]

    def sets(self) -> Iterator[Ranges]:
        """The sets of characters that it tells apart."""
        return (each.ranges for each in self.instructions if isinstance(each, Char | Look))


def compile_pattern(pattern: str, replacement: str = "") -> Program:
    """Compile a pattern in Java's syntax; `replacement` in the syntax of Java's `Matcher.appendReplacement`.

    Raises:
        CannotCompileError: it is outside the subset.
    """
    items = java_syntax.parsed(pattern)
    pieces = groups.template(replacement)
    referred = {piece for piece in pieces if isinstance(piece, int)} | groups.references(items)
    if len(referred) > 1:
        raise CannotCompileError(f"the pattern {pattern} refers to more than one group")
    variants = groups.variants(items, referred.pop(), pattern) if referred else [(items, "")]
    builder = _Builder()
    texts = tuple("".join(piece if isinstance(piece, str) else group for piece in pieces) for _, group in variants)
    starts = [builder.sequence(each, builder.add(Match(number))) for number, (each, _) in enumerate(variants)]
    start = builder.add(Fork(tuple(starts)))
    return Program(tuple(builder.instructions), start, texts)


def is_set(pattern: str) -> Ranges | None:
    """The characters of a pattern that is one set or a run of one, else None."""
    match java_syntax.parsed(pattern):
        case (Set(ranges),) | (Repeat((Set(ranges),), 1, None, True),):
            return ranges
    return None


def _is_one_beyond_the_plane(ranges: Ranges) -> bool:
    """Whether all low surrogates and all characters beyond U+FFFF are in the set, or none of them."""
    held = [
        min(high, top) - max(low, bottom) + 1
        for low, high in ranges
        for bottom, top in BEYOND
        if low <= top and high >= bottom
    ]
    return sum(held) in (0, sum(top - bottom + 1 for bottom, top in BEYOND))


class _Builder:
    """Emits instructions from the end of a pattern to its beginning."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []

    def add(self, instruction: Instruction) -> int:
        if len(self.instructions) >= LARGEST_PROGRAM:
            raise CannotCompileError("a pattern is too large")
        self.instructions.append(instruction)
        return len(self.instructions) - 1

    def sequence(self, items: Items, then: int) -> int:
        for item in reversed(items):
            then = self._item(item, then)
        return then

    def _item(self, item: Item, then: int) -> int:
        match item:
            case Set(ranges):
                return self.add(Char(ranges, then))
            case Group(_, items):
                return self.sequence(items, then)
            case Choice(branches):
                return self.add(Fork(tuple(self.sequence(branch, then) for branch in branches)))
            case Repeat():
                return self._repeat(item, then)
            case Around((Set(ranges),), ahead, negated):
                if not ahead and not _is_one_beyond_the_plane(ranges):
                    # Java looks back at one half of a surrogate pair.
                    raise CannotCompileError("a look behind that tells characters beyond U+FFFF apart is not taken")
                return self.add(Look(ranges, ahead, negated, then))
            case Reference() | Around():
                what = (
                    "a look at more than one character"
                    if isinstance(item, Around)
                    else "a reference to a group of any length"
                )
                raise CannotCompileError(f"{what} is not taken")

    def _repeat(self, repeat: Repeat, then: int) -> int:
        def choice(more: int) -> Fork:
            return Fork((more, then) if repeat.greedy else (then, more))

        if repeat.most is None:
            if may_be_empty(repeat.items):
                raise CannotCompileError("a repetition of what may be empty is not taken")
            loop = self.add(Fork(()))
            self.instructions[loop] = choice(self.sequence(repeat.items, loop))
            after = loop
        else:
            after = then
            for _ in range(repeat.most - repeat.least):
                after = self.add(choice(self.sequence(repeat.items, after)))
        for _ in range(repeat.least):
            after = self.sequence(repeat.items, after)
        return after
