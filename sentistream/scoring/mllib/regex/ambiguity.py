"""In how many ways a pattern may read a text: an engine that tries one after the other, as Java's does, takes time for each.

The automaton follows all ways at once and does not care. Where Spark has to look for a pattern, only one with few ways is taken: `(a+)+b` has two
to the power of the text's length.
"""

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.regex.alphabet import Alphabet
from sentistream.scoring.mllib.regex.program import Char, Fork, Look, Program

MOST_WAYS = 256
"""Ways that go on after the same characters: so many times the work of one."""
MOST_STATES = 2_000

Ways = dict[int, int]
"""Place in the program → in how many ways it is reached."""


def has_few_ways(program: Program) -> bool:
    """Whether no text can be read in more than `MOST_WAYS` ways at once; looks ahead and behind are taken to pass."""
    alphabet = Alphabet.of(program.sets())
    members = {ranges: alphabet.members(ranges) for ranges in program.sets()}
    try:
        waiting = [_closure(program, {program.start: 1})]
        seen = {_key(waiting[0])}
        for ways in waiting:
            for character in range(alphabet.size):
                moved: Ways = {}
                for place, number in ways.items():
                    instruction = program.instructions[place]
                    if isinstance(instruction, Char) and character in members[instruction.ranges]:
                        moved[instruction.then] = moved.get(instruction.then, 0) + number
                following = _closure(program, moved)
                if _key(following) not in seen:
                    seen.add(_key(following))
                    waiting.append(following)
                if len(waiting) > MOST_STATES:
                    return False
    except CannotCompileError:
        return False
    return True


def _closure(program: Program, ways: Ways) -> Ways:
    """The places that wait for a character, each with the ways to it."""
    waiting: Ways = {}
    stack = list(ways.items())
    steps = 0
    while stack:
        place, number = stack.pop()
        steps += 1
        instruction = program.instructions[place]
        if isinstance(instruction, Fork):
            stack.extend((then, number) for then in instruction.then)
        elif isinstance(instruction, Look):
            stack.append((instruction.then, number))
        else:
            waiting[place] = waiting.get(place, 0) + number
        if steps > MOST_WAYS * 8 or sum(waiting.values()) > MOST_WAYS:
            raise CannotCompileError("a pattern may be read in too many ways")
    return waiting


def _key(ways: Ways) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(ways.items()))
