r"""Patterns in Java's syntax: the subset that is read here as Java reads it; anything else is refused.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html, without flags: \s, \d and \w are ASCII.
"""

import re
from typing import NoReturn

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.regex.alphabet import LAST, Ranges, complement, union
from sentistream.scoring.mllib.regex.tree import Around, Choice, Group, Item, Items, Reference, Repeat, Set

CLASSES: dict[str, Ranges] = {
    "s": ((9, 13), (32, 32)),
    "d": ((48, 57),),
    "w": ((48, 57), (65, 90), (95, 95), (97, 122)),
}
CLASSES |= {name.upper(): complement(ranges) for name, ranges in CLASSES.items()}
CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12}
HEXADECIMAL = re.compile(r"u(?![dD][89a-fA-F])([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}")
"""Of a character by its code point. Half a surrogate pair is none."""
QUANTIFIER = re.compile(r"(?:([*+?])|\{([0-9]{1,5})(?:(,)([0-9]{1,5})?)?\})(\?)?")
GROUPS = tuple("123456789")
LOOKS = {"(?=": (True, False), "(?!": (True, True), "(?<=": (False, False), "(?<!": (False, True)}
"""Ahead, and negated."""


def parsed(pattern: str) -> Items:
    """A pattern as a tree.

    Raises:
        CannotCompileError: it holds what is no part of the subset.
    """
    reader = _Reader(pattern)
    items = reader.choice()
    if not reader.is_at_end:
        reader.refuse("a ) without its (")
    return items


class _Reader:
    """Reads a pattern from left to right, one method for each rule of the grammar."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._opened = 0
        self._closed: set[int] = set()

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._pattern)

    def refuse(self, what: str) -> NoReturn:
        raise CannotCompileError(f"the pattern {self._pattern!r} at {self._at}: {what} is not taken")

    def choice(self) -> Items:
        """Sequences between bars; of single characters they are one set."""
        branches = [self._sequence()]
        while self._takes("|"):
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        single = [branch[0].ranges for branch in branches if len(branch) == 1 and isinstance(branch[0], Set)]
        if len(single) == len(branches):
            return (Set(union(each for ranges in single for each in ranges)),)
        return (Choice(tuple(branches)),)

    def _sequence(self) -> Items:
        items: list[Item] = []
        while not self.is_at_end and self._next() not in "|)":
            items += self._repeated(self._atom())
        return tuple(items)

    def _repeated(self, atom: Items) -> Items:
        written = QUANTIFIER.match(self._pattern, self._at)
        if written is None:
            return atom
        self._at = written.end()
        sign, least, open_ended, most, lazy = written.groups()
        if sign:
            bounds: tuple[int, int | None] = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        else:
            bounds = int(least), int(most) if most else None if open_ended else int(least)
        if bounds[1] is not None and bounds[1] < bounds[0]:
            self.refuse("a repetition of fewer times at most than at least")
        if not self.is_at_end and self._next() in "*+?{":
            self.refuse("a repetition that is possessive or of a repetition")
        return (Repeat(atom, *bounds, greedy=not lazy),)

    def _atom(self) -> Items:
        if self._takes("("):
            return self._group()
        if self._takes("["):
            return (Set(self._set()),)
        if self._next() in ".^$*+?{":
            self.refuse(self._next())
        if self._next() == "\\" and self._pattern[self._at + 1 : self._at + 2] in GROUPS:
            return (self._reference(),)
        return (Set(self._character()),)

    def _group(self) -> Items:
        """What follows a ( up to its )."""
        start = self._at - 1
        for opening, (ahead, negated) in LOOKS.items():
            if self._pattern.startswith(opening, start):
                self._at = start + len(opening)
                return (Around(self._closing(), ahead, negated),)
        if self._takes("?:"):
            return self._closing()
        if self._takes("?"):
            self.refuse("a flag or a name")
        self._opened = number = self._opened + 1
        group = Group(number, self._closing())
        self._closed.add(number)
        return (group,)

    def _closing(self) -> Items:
        items = self.choice()
        if not self._takes(")"):
            self.refuse("a ( without its )")
        return items

    def _reference(self) -> Reference:
        number = int(self._pattern[self._at + 1])
        if self._pattern[self._at + 2 : self._at + 3].isdigit() or number not in self._closed:
            self.refuse(f"\\{number}, which is an octal number or refers to no group before it,")
        self._at += 2
        return Reference(number)

    def _set(self) -> Ranges:
        """What follows a [ up to its ]."""
        negated = self._takes("^")
        if not self.is_at_end and self._next() == "]":
            self.refuse("an unescaped ] that opens a class")
        ranges: list[tuple[int, int]] = []
        while not self._takes("]"):
            low = self._member()
            if self._pattern.startswith("-", self._at) and not self._pattern.startswith("-]", self._at):
                self._at += 1
                high = self._member()
                if not _is_one(low) or not _is_one(high) or high[0][0] < low[0][0]:
                    self.refuse("a range between these")
                low = ((low[0][0], high[0][0]),)
            ranges += low
        return complement(union(ranges)) if negated else union(ranges)

    def _member(self) -> Ranges:
        if self.is_at_end or self._next() == "[" or self._pattern.startswith("&&", self._at):
            self.refuse("a class within a class, or one without its ]")
        return self._character()

    def _character(self) -> Ranges:
        """A character or an escape."""
        character = self._next()
        self._at += 1
        if character != "\\":
            if 0xD800 <= ord(character) <= 0xDFFF:
                self.refuse("half a surrogate pair")
            return _one(ord(character))
        escaped = self._pattern[self._at : self._at + 1]
        if escaped in CLASSES or escaped in CONTROLS:
            self._at += 1
            return CLASSES.get(escaped) or _one(CONTROLS[escaped])
        if code := HEXADECIMAL.match(self._pattern, self._at):
            self._at = code.end()
            point = int(code[1] or code[2] or code[3], 16)
            if point <= LAST:
                return _one(point)
        if not escaped or escaped.isalnum():
            self.refuse(f"\\{escaped}")
        self._at += 1
        return _one(ord(escaped))

    def _next(self) -> str:
        return self._pattern[self._at]

    def _takes(self, text: str) -> bool:
        taken = self._pattern.startswith(text, self._at)
        self._at += len(text) if taken else 0
        return taken


def _one(point: int) -> Ranges:
    return ((point, point),)


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]
