"""A subset of Java's regular expressions → deterministic automata that find the same matches.

The match of a backtracking engine is the one that its first successful path finds. An automaton over *ordered* lists of threads
finds it without going back (Russ Cox, "Regular Expression Matching: the Virtual Machine Approach", swtch.com/~rsc/regexp/regexp2.html):
a thread that matches cuts off those behind it. One character of look-ahead is a thread that waits for the next character.

What Java and this would not read alike is refused: anchors, word boundaries, flags, nested classes, possessive quantifiers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

from sentistream.scoring.mllib import groups, java_syntax
from sentistream.scoring.mllib.alphabet import LAST, Ranges
from sentistream.scoring.mllib.errors import CannotCompileError

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


Instruction = Char | Fork | Look | Match


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
    pieces = java_syntax.template(replacement)
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
    items = java_syntax.parsed(pattern)
    if len(items) == 1 and items[0][0] is op.MAX_REPEAT and items[0][1][:2] == (1, op.MAXREPEAT):
        items = list(items[0][1][2])
    return java_syntax.characters(*items[0]) if len(items) == 1 else None


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

    def sequence(self, items: Sequence[Any], then: int) -> int:
        for code, argument in reversed(list(items)):
            then = self._item(code, argument, then)
        return then

    def _item(self, code: Any, argument: Any, then: int) -> int:
        ranges = java_syntax.characters(code, argument)
        if ranges is not None:
            return self.add(Char(ranges, then))
        if code is op.BRANCH:
            return self.add(Fork(tuple(self.sequence(branch, then) for branch in argument[1])))
        if code is op.SUBPATTERN and not argument[1] and not argument[2]:
            return self.sequence(argument[3], then)
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, most, body = argument
            return self._repeat(code is op.MAX_REPEAT, least, most, body, then)
        if code in (op.ASSERT, op.ASSERT_NOT):
            direction, inner = argument
            looked = java_syntax.characters(*inner[0]) if len(inner) == 1 else None
            if looked is not None and direction < 0 and not _is_one_beyond_the_plane(looked):
                # Java looks back at one half of a surrogate pair.
                raise CannotCompileError("a look behind that tells characters beyond U+FFFF apart is not taken")
            if looked is not None:
                return self.add(Look(looked, direction > 0, code is op.ASSERT_NOT, then))
        raise CannotCompileError(f"{str(code).lower()} in a pattern is not taken")

    def _repeat(self, greedy: bool, least: int, most: Any, body: Sequence[Any], then: int) -> int:
        def choice(more: int) -> Fork:
            return Fork((more, then) if greedy else (then, more))

        if most is op.MAXREPEAT:
            if _may_be_empty(body):
                raise CannotCompileError("a repetition of what may be empty is not taken")
            loop = self.add(Fork(()))
            self.instructions[loop] = choice(self.sequence(body, loop))
            after = loop
        else:
            after = then
            for _ in range(most - least):
                after = self.add(choice(self.sequence(body, after)))
        for _ in range(least):
            after = self.sequence(body, after)
        return after


def _may_be_empty(items: Sequence[Any]) -> bool:
    return all(
        (code in (op.ASSERT, op.ASSERT_NOT))
        or (code in (op.MAX_REPEAT, op.MIN_REPEAT) and (argument[0] == 0 or _may_be_empty(argument[2])))
        or (code is op.BRANCH and any(_may_be_empty(branch) for branch in argument[1]))
        or (code is op.SUBPATTERN and _may_be_empty(argument[3]))
        for code, argument in items
    )
