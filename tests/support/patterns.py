"""What the kernel does with one pattern, step by step."""

from bisect import bisect_right
from collections.abc import Sequence

from sentistream.scoring.mllib.regex.alphabet import Alphabet
from sentistream.scoring.mllib.regex.automaton import Automaton, build
from sentistream.scoring.mllib.regex.program import compile_pattern


def matches(pattern: str, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
    """Where a pattern matches in each text, from left to right.

    Raises:
        CannotCompileError: the pattern is outside the subset.
    """
    program = compile_pattern(pattern)
    alphabet = Alphabet.of(program.sets())
    automaton = build(program, alphabet)

    def class_of(character: str) -> int:
        return alphabet.classes[bisect_right(alphabet.starts, ord(character)) - 1]

    return [_spans(automaton, [*map(class_of, text), alphabet.size]) for text in texts]


def _spans(automaton: Automaton, classes: list[int]) -> list[tuple[int, int]]:
    """`classes` has one more entry than the text, for its end."""
    spans, at = [], 0
    while at < len(classes) - 1:
        state, end = int(automaton.starts[classes[at - 1] if at else classes[-1]]), -1
        for ahead in range(at, len(classes)):
            step = int(automaton.transitions[state, classes[ahead]])
            if step & 255:
                end = ahead
            state = step >> 8
        if end > 0:
            spans.append((at, end))
        at = end if end > 0 else at + 1
    return spans
