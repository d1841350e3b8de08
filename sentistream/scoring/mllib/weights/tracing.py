"""A text's tokens, each with the place in the original text that it was made from: the kernel's walk, once more, with a memory.

Only the kernel scores; what this walk finds is held against it by the tests: the weights of its n-grams add up to the kernel's margins.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sentistream.scoring.mllib import kernel
from sentistream.scoring.mllib.kernel import Tables
from sentistream.scoring.mllib.text import CONTEXT

Numbers = npt.NDArray[np.int32]


class Span(NamedTuple):
    """Characters of the original text, the end exclusive."""

    begin: int
    end: int


@dataclass(frozen=True)
class Token:
    """A token, and where it comes from."""

    text: str
    span: Span


@dataclass(frozen=True)
class _Written:
    """A text on its way through the cleaning: code points, and where in the original each begins and ends."""

    points: Numbers
    begins: Numbers
    ends: Numbers

    def __getitem__(self, which: npt.NDArray[np.bool_]) -> "_Written":
        return _Written(self.points[which], self.begins[which], self.ends[which])


def tokens(tables: Tables, text: str, *, lower: bool) -> list[Token]:
    """The tokens of a text, in their order.

    Args:
        tables: of one part of a compiled pipeline.
        text: without half a pair of UTF-16.
        lower: whether the text is lowered first where a letter's lower case depends on what stands around (`text.CONTEXT`).
    """
    written = _begun(text, lower=lower)
    for kind, which in tables.operations.tolist():
        written = _mapped(tables, which, written) if kind == kernel.MAP else _replaced(tables, which, written)
    return [
        Token("".join(map(chr, written.points[begin:end].tolist())), _span(written, begin, end))
        for begin, end in _bounds(tables, written)
    ]


def _begun(text: str, *, lower: bool) -> _Written:
    places = range(len(text))
    if lower and any(each in text for each in CONTEXT):
        places, text = [at for at, each in enumerate(text) for _ in each.lower()], text.lower()  # type: ignore[assignment]
    begins = np.array(places, np.int32)
    points = np.frombuffer(text.encode("utf-32-le"), np.int32)
    return _Written(points, begins, begins + 1)


def _classes(tables: Tables, points: Numbers) -> npt.NDArray[np.int64]:
    """The class of each code point, and behind them that of the end."""
    outside = tables.transitions.shape[1] - 1
    return np.append(tables.class_pages[tables.class_index[points >> 8], points & 255], outside).astype(np.int64)


def _mapped(tables: Tables, which: int, written: _Written) -> _Written:
    mapped = tables.map_pages[tables.map_index[which, written.points >> 8], written.points & 255]
    return _Written(mapped, written.begins, written.ends)[mapped >= 0]


def _replaced(tables: Tables, automaton: int, written: _Written) -> _Written:
    """Every match replaced; what stands in its place comes from all of it."""
    classes = _classes(tables, written.points)
    points, begins, ends = (list[int]() for _ in range(3))
    kept = 0
    for begin, end, number in _matches(tables, automaton, classes):
        place = tables.replacement_of[automaton] + number
        by = tables.replacements[tables.replacement_ends[place] : tables.replacement_ends[place + 1]].tolist()
        span = _span(written, begin, end)
        points += [*written.points[kept:begin].tolist(), *by]
        begins += [*written.begins[kept:begin].tolist(), *[span.begin] * len(by)]
        ends += [*written.ends[kept:begin].tolist(), *[span.end] * len(by)]
        kept = end
    if not kept:
        return written
    left = written.points[kept:], written.begins[kept:], written.ends[kept:]
    return _Written(
        *(np.append(np.array(new, np.int32), old) for new, old in zip((points, begins, ends), left, strict=True))
    )


def _matches(tables: Tables, automaton: int, classes: npt.NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Begin, end and number of each match, the leftmost first; none is empty."""
    found, after = list[tuple[int, int, int]](), 0
    for at in np.flatnonzero(tables.begins[automaton][classes[:-1], classes[1:]]).tolist():
        if at >= after:
            end, number = _match(tables, automaton, classes, at)
            if end > at:
                found.append((at, end, number))
                after = end
    return found


def _match(tables: Tables, automaton: int, classes: npt.NDArray[np.int64], at: int) -> tuple[int, int]:
    """The end (or -1) and the number of the match that begins at a character."""
    count, outside = len(classes) - 1, tables.transitions.shape[1] - 1
    state = tables.first_states[automaton, classes[at - 1] if at else outside]
    end, number = -1, 0
    while state:
        step = int(tables.transitions[state, classes[at]])
        if step & 255:
            end, number = at, (step & 255) - 1
        state = step >> 8
        if at >= count:
            break
        at += 1
    return end, number


def _bounds(tables: Tables, written: _Written) -> list[tuple[int, int]]:
    """Where the tokens begin and end, as the kernel cuts them."""
    automaton, mode = tables.tokeniser.tolist()
    count = len(written.points)
    matches = [(begin, end) for begin, end, _ in _matches(tables, automaton, _classes(tables, written.points))]
    if mode == kernel.FIND:
        return matches
    since = [0, *(end for _, end in matches)]
    cut = list(zip(since, [*(begin for begin, _ in matches), count], strict=True))
    if mode == kernel.SPLIT:
        return [(begin, end) for begin, end in cut if end > begin]
    # Java's split drops empty strings at the end, and gives an empty text back.
    while matches and cut and cut[-1][0] == cut[-1][1]:
        cut.pop()
    return cut


def _span(written: _Written, begin: int, end: int) -> Span:
    """What some characters were made from; of none, the place where they would stand."""
    if begin == end:
        at = int(written.begins[begin]) if begin < len(written.begins) else int(written.ends.max(initial=0))
        return Span(at, at)
    return Span(int(written.begins[begin:end].min()), int(written.ends[begin:end].max()))
