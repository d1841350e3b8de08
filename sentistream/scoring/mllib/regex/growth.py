"""How much longer replacements can make a text: ten that each double it make a thousand of one character."""

from collections import deque
from fractions import Fraction

from sentistream.scoring.mllib.regex.program import Char, Fork, Match, Program


def growth(program: Program) -> Fraction:
    """By what factor replacing every match lengthens a text at most, at least 1."""
    longest = max(map(len, program.replacements), default=0)
    return max(Fraction(1), Fraction(longest, max(1, shortest(program))))


def shortest(program: Program) -> int:
    """Characters of the shortest match, where what is looked at ahead and behind passes."""
    lengths = {program.start: 0}
    waiting = deque([program.start])
    while waiting:
        place = waiting.popleft()
        instruction, length = program.instructions[place], lengths[place]
        if isinstance(instruction, Match):
            return length
        taken = int(isinstance(instruction, Char))
        following = instruction.then if isinstance(instruction, Fork) else (instruction.then,)
        for then in following:
            if length + taken < lengths.get(then, length + taken + 1):
                lengths[then] = length + taken
                # Those of no character first: the first match that is met is the shortest.
                waiting.append(then) if taken else waiting.appendleft(then)
    return 0
