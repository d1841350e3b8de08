"""Programs of a pattern → a table of states that reads one class of characters at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.regex.alphabet import Alphabet, Ranges
from sentistream.scoring.mllib.regex.program import Char, Fork, Instruction, Look, Match, Program

DEAD = 0
LARGEST_TABLE = 200_000
"""Entries of one pattern's table, some seconds of work; all of the trainer's patterns together have 13,000."""

Threads = tuple[int, ...]


@dataclass(frozen=True)
class Automaton:
    """Finds where a match that begins at a given character ends, and which of the numbered matches it is.

    Classes run from 0 to `size` - 1; class `size` stands for the end of the text, or before its beginning.
    """

    transitions: npt.NDArray[np.int32]
    """[states, size + 1]: the next state × 256, plus 1 + the number of the match that ended before this character, or 0."""
    starts: npt.NDArray[np.int32]
    """[size + 1]: the first state, by the class of the character before."""

    def begins(self) -> npt.NDArray[np.uint8]:
        """[size + 1, size + 1]: 1 where a match may begin with the first character, followed by the second."""
        reached = self.transitions[np.unique(self.starts)] >> 8
        reached[:, -1] = DEAD
        pairs: npt.NDArray[np.uint8] = (self.transitions[reached] != DEAD).any(axis=0).astype(np.uint8)
        return pairs


def build(program: Program, alphabet: Alphabet) -> Automaton:
    """Follow all threads of a program at once.

    Raises:
        CannotCompileError: it may match nothing at all, or needs too many states.
    """
    walker = _Walker(program, alphabet)
    outside = alphabet.size
    numbers: dict[Threads, int] = {(): DEAD}
    waiting: list[Threads] = [()]
    rows: list[list[int]] = []

    def number(threads: Threads) -> int:
        if threads not in numbers:
            if len(numbers) * (outside + 1) >= LARGEST_TABLE:
                raise CannotCompileError("a pattern needs too many states")
            numbers[threads] = len(numbers)
            waiting.append(threads)
        return numbers[threads]

    starts = [number(walker.closure([program.start], before)) for before in range(outside + 1)]
    for threads in waiting:
        row = []
        for character in range(outside + 1):
            matched, following = walker.step(threads, character)
            row.append(number(following) << 8 | (0 if matched is None else matched + 1))
        rows.append(row)
    transitions = np.array(rows, np.int32)
    if (transitions[starts] & 255).any():
        raise CannotCompileError("a pattern that may match nothing is not taken")
    return Automaton(transitions, np.array(starts, np.int32))


class _Walker:
    """Moves ordered lists of threads over one character."""

    def __init__(self, program: Program, alphabet: Alphabet) -> None:
        self._code = program.instructions
        self._members: dict[Ranges, frozenset[int]] = {ranges: alphabet.members(ranges) for ranges in program.sets()}
        if len(program.replacements) > 254:
            raise CannotCompileError("a pattern has too many forms")

    def closure(self, places: Iterable[int], before: int | None) -> Threads:
        """What the threads wait for, in order, after the character of class `before`; None where that is not known."""

        def follow(instruction: Instruction) -> Threads | None:
            if isinstance(instruction, Fork):
                return instruction.then
            if not isinstance(instruction, Look) or instruction.ahead:
                return None
            if before is None:
                raise CannotCompileError("a look behind right after a look ahead is not taken")
            return (instruction.then,) if self._passes(instruction, before) else ()

        return tuple(place for place, _ in self._in_order(places, follow))

    def step(self, threads: Threads, character: int) -> tuple[int | None, Threads]:
        """The match that ends before this character, if one does, and the threads that go on after it."""

        def follow(instruction: Instruction) -> Threads | None:
            if not isinstance(instruction, Look):
                return None
            return self.closure([instruction.then], None) if self._passes(instruction, character) else ()

        moved: dict[int, None] = {}
        for _, instruction in self._in_order(threads, follow):
            if isinstance(instruction, Match):
                return instruction.number, tuple(moved)
            if isinstance(instruction, Char) and character in self._members[instruction.ranges]:
                moved |= dict.fromkeys(self.closure([instruction.then], character))
        return None, tuple(moved)

    def _in_order(
        self, places: Iterable[int], follow: Callable[[Instruction], Threads | None]
    ) -> Iterator[tuple[int, Instruction]]:
        """Each instruction once, the preferred thread's first; where `follow` says where to go on at once, those instead."""
        seen: set[int] = set()
        stack = list(reversed(list(places)))
        while stack:
            place = stack.pop()
            if place in seen:
                continue
            seen.add(place)
            following = follow(self._code[place])
            if following is None:
                yield place, self._code[place]
            else:
                stack.extend(reversed(following))

    def _passes(self, look: Look, character: int) -> bool:
        return (character in self._members[look.ranges]) != look.negated
