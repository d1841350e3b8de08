"""The text stages of a pipeline as a chain of operations on code points, and the tokeniser that ends it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sentistream.scoring.mllib import kernel
from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.expression import Call, Column, Expression
from sentistream.scoring.mllib.regex.alphabet import LAST, Alphabet, Ranges, paged
from sentistream.scoring.mllib.regex.automaton import Automaton, build
from sentistream.scoring.mllib.regex.program import Char, Program, compile_pattern, is_set
from sentistream.scoring.mllib.saved import Stage

CHANGED_SINCE_UNICODE_13 = (
    (0x2C2F, 0x2C5F),
    (0xA7C0, 0xA7C1),
    (0xA7CA, 0xA7DD),
    (0x10570, 0x105BC),
    (0x10D50, 0x10D65),
    (0x1C89, 0x1C8A),
)
"""Letters whose case Java 17 (Unicode 13) does not know; found by comparing every code point, which a test repeats."""
CONTEXT = "İΣ"
"""Letters whose lower case is two letters, or depends on what stands around: left to Python's own `lower`.

At the end of a word a capital sigma becomes another letter; beside `_`, `-`, a digit or an apostrophe Java and Python differ in what a word is."""


FUNCTIONS = ("replace", "regexp_replace", "translate")
"""What is taken of a text and literals."""


@dataclass(frozen=True)
class Replace:
    """Replaces every match."""

    program: Program


@dataclass(frozen=True)
class Translate:
    """Maps single characters; None drops one."""

    table: tuple[tuple[int, int | None], ...]


Operation = Replace | Translate


@dataclass(frozen=True)
class Tokeniser:
    """The text's operations, then a pattern that finds tokens or what separates them."""

    operations: tuple[Operation, ...]
    program: Program
    mode: int
    lower: bool = False
    """Whether the first operation is lower case, which `CONTEXT` must have had before."""


def operations(written: Expression, known: dict[str, tuple[Operation, ...]]) -> tuple[Operation, ...]:
    """A text expression → operations in the order in which they are applied; `known` are those behind text columns.

    Raises:
        CannotCompileError: it calls what is not taken.
    """
    if isinstance(written, Column) and written.name in known:
        return known[written.name]
    if isinstance(written, Column):
        raise CannotCompileError(f"the column {written.name} is no text that a stage before it makes")
    if not isinstance(written, Call) or written.function not in FUNCTIONS:
        what = f"the function {written.function}" if isinstance(written, Call) else "a literal"
        raise CannotCompileError(f"{what} is not taken as a text")
    if not written.arguments or not all(isinstance(argument, str) for argument in written.arguments[1:]):
        raise CannotCompileError(f"{written.function} is taken of one text and literals")
    before = operations(written.arguments[0], known)
    match (written.function, written.arguments[1:]):
        case ("replace", (str(search), str(by))):
            return (
                *before,
                Replace(compile_pattern(_quoted(search), by.replace("\\", "\\\\").replace("$", "\\$"))),
            )
        case ("regexp_replace", (str(pattern), str(by))):
            return (*before, Replace(compile_pattern(pattern, by)))
        case ("translate", (str(these), str(those))):
            # Spark drops what becomes NUL.
            kept = those.rstrip("\0")
            if "\0" in kept:
                raise CannotCompileError("a translation to NUL is not taken")
            table = {ord(a): ord(kept[i]) if i < len(kept) else None for i, a in reversed(list(enumerate(these)))}
            return (*before, Translate(tuple(table.items())))
    raise CannotCompileError(f"{written.function} of {len(written.arguments)} arguments is not taken")


def tokeniser(stage: Stage, before: tuple[Operation, ...]) -> Tokeniser:
    """A `Tokenizer` or `RegexTokenizer`.

    Raises:
        CannotCompileError: a token could hold a space, so that two different n-grams could read alike.
    """
    if stage.kind == "Tokenizer":
        return Tokeniser((*before, LOWER), compile_pattern(r"\s"), kernel.SPLIT_WITH_EMPTY, _first(before))
    given = stage.parameters
    pattern, gaps = given["pattern"], given["gaps"]
    if given["minTokenLength"] != 1:
        raise CannotCompileError("a least length of tokens is not taken")
    program = compile_pattern(pattern)
    space = 32
    if gaps and not _has(is_set(pattern) or (), space):
        raise CannotCompileError(f"tokens between {pattern} may hold a space")
    if not gaps and any(_has(each.ranges, space) for each in program.instructions if isinstance(each, Char)):
        raise CannotCompileError(f"tokens like {pattern} may hold a space")
    lower = given["toLowercase"]
    return Tokeniser(
        (*before, LOWER) if lower else before, program, kernel.SPLIT if gaps else kernel.FIND, lower and _first(before)
    )


def _first(before: tuple[Operation, ...]) -> bool:
    if before:
        raise CannotCompileError("lower case after another operation is not taken")
    return True


def _has(ranges: Ranges, point: int) -> bool:
    return any(low <= point <= high for low, high in ranges)


def _quoted(search: str) -> str:
    if not search:
        raise CannotCompileError("an empty search is not taken")
    return "".join(f"\\x{{{ord(character):x}}}" for character in search)


def _lower() -> Translate:
    points = (*range(0xD800), *range(0xE000, 0x1E944))
    changed = (
        (point, low) for point, low in zip(points, map(str.lower, map(chr, points)), strict=True) if low != chr(point)
    )
    return Translate(tuple((point, ord(low)) for point, low in changed if len(low) == 1 and not _is_newer(point)))


def _is_newer(point: int) -> bool:
    return any(low <= point <= high for low, high in CHANGED_SINCE_UNICODE_13)


LOWER = _lower()


@dataclass(frozen=True)
class Automata:
    """The operations and the tokeniser as the kernel's arrays."""

    alphabet: Alphabet
    operations: npt.NDArray[np.int32]
    maps: npt.NDArray[np.int32]
    """[maps, 0x110000]: what each code point becomes."""
    built: tuple[Automaton, ...]
    """One for each replacement, and the tokeniser's."""
    replacements: tuple[tuple[str, ...], ...]


def automata(tokens: Tokeniser) -> Automata:
    """Build the automata over one alphabet."""
    programs = [each.program for each in tokens.operations if isinstance(each, Replace)] + [tokens.program]
    alphabet = Alphabet.of(ranges for program in programs for ranges in program.sets())
    table = np.empty((len(tokens.operations), 2), np.int32)
    maps: list[npt.NDArray[np.int32]] = []
    replacing = 0
    for number, operation in enumerate(tokens.operations):
        if isinstance(operation, Replace):
            table[number] = kernel.REPLACE, replacing
            replacing += 1
            continue
        every = np.arange(LAST + 1, dtype=np.int32)
        for point, mapped in operation.table:
            every[point] = -1 if mapped is None else mapped
        table[number] = kernel.MAP, len(maps)
        maps.append(every)
    built = tuple(build(program, alphabet) for program in programs)
    stacked = np.stack(maps) if maps else np.zeros((0, LAST + 1), np.int32)
    return Automata(alphabet, table, stacked, built, tuple(program.replacements for program in programs))


def arrays(made: Automata) -> dict[str, Any]:
    """The fields of `kernel.Tables` that the text needs."""
    offsets = np.cumsum([0, *(len(each.transitions) for each in made.built)])
    moved = [_moved(each, offset) for each, offset in zip(made.built, offsets, strict=False)]
    texts = [text for each in made.replacements for text in each]
    begins = [each.begins() for each in made.built]
    class_index, class_pages = made.alphabet.pages()
    map_index, map_pages = (
        paged(made.maps.reshape(-1)) if len(made.maps) else (np.zeros(0, np.uint16), np.zeros((1, 256), np.int32))
    )
    return {
        "class_index": class_index,
        "class_pages": class_pages,
        "operations": made.operations,
        "map_index": map_index.reshape(-1, (LAST + 1) // 256),
        "map_pages": map_pages,
        "transitions": np.concatenate([np.zeros((1, made.alphabet.size + 1), np.int32), *(each for each, _ in moved)]),
        "first_states": np.stack([starts for _, starts in moved]),
        "begins": np.stack(begins),
        "may_match": _may_match(begins, made.operations),
        "replacement_of": np.cumsum([0, *(len(each) for each in made.replacements)])[:-1].astype(np.int32),
        "replacement_ends": np.cumsum([0, *(len(text) for text in texts)]).astype(np.int32),
        "replacements": np.array([ord(character) for text in texts for character in text], np.int32),
    }


def _may_match(begins: list[npt.NDArray[np.uint8]], operations: npt.NDArray[np.int32]) -> npt.NDArray[np.uint64]:
    """For each pair of classes a bit for each replacing operation that may match there."""
    if len(operations) > 64:
        raise CannotCompileError(f"{len(operations)} operations on the text are too many")
    possible = np.zeros(begins[0].shape, np.uint64)
    for number, (kind, automaton) in enumerate(operations.tolist()):
        if kind == kernel.REPLACE:
            possible |= begins[automaton].astype(np.uint64) << np.uint64(number)
    return possible


def _moved(each: Automaton, offset: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Number an automaton's states from `offset` + 1 on; the dead state is 0 for all."""
    states, matches = each.transitions >> 8, each.transitions & 255
    renumbered = np.where(states > 0, states + offset + 1, 0)
    return (renumbered << 8 | matches).astype(np.int32), np.where(each.starts > 0, each.starts + offset + 1, 0).astype(
        np.int32
    )
