"""A compiled pipeline as plain numbers and arrays, and back; held against all that the kernel takes for granted, which looks at no bound itself."""

from collections.abc import Mapping
from typing import Any, get_type_hints

import numpy as np
import numpy.typing as npt

from sentistream.scoring.mllib import kernel
from sentistream.scoring.mllib.compiled import CompiledPipeline, Part
from sentistream.scoring.mllib.forms import LONGEST_NGRAM
from sentistream.scoring.mllib.kernel import Tables
from sentistream.scoring.mllib.regex.alphabet import LAST, PAGE
from sentistream.scoring.mllib.trees.planned import BITS
from sentistream.scoring.mllib.trees.walk import Trees
from sentistream.scoring.mllib.vectors import MOST_CLASSES

Arrays = Mapping[str, npt.NDArray[Any]]
SCALARS = ("longest", "binary")
DIMENSIONS = {"class_index": 1, "replacement_of": 1, "replacement_ends": 1, "replacements": 1, "tokeniser": 1}
DIMENSIONS |= {"long_words": 1, "word_ends": 1, "word_points": 1, "child_bits": 1, "begins": 3}
"""Of an array, where they are not two."""
MOST_MATCHES = 256
"""A match has a number of 8 bits."""
MOST_PARTS = 16
MOST_MARGINS = 1 << 20
"""Of trees; their tables are bounded as a whole."""
TREES = "trees."


class UnsoundError(Exception):
    """The tables would lead the kernel outside of them; names what is wrong."""


def taken_apart(pipeline: CompiledPipeline) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """A pipeline as values that JSON has, and arrays."""
    trees = pipeline.ending if isinstance(pipeline.ending, Trees) else None
    values: dict[str, Any] = {"link": None if isinstance(pipeline.ending, Trees) else pipeline.ending, "parts": []}
    arrays: dict[str, npt.NDArray[Any]] = {"bias": pipeline.bias}
    arrays |= {} if trees is None else {f"{TREES}{name}": array for name, array in trees._asdict().items()}
    for number, part in enumerate(pipeline.parts):
        fields = part.tables._asdict()
        values["parts"].append(
            {"lower": part.lower, "longest": int(fields["longest"]), "binary": bool(fields["binary"])}
        )
        arrays |= {f"{number}.{name}": array for name, array in fields.items() if name not in SCALARS}
    return values, arrays


def put_together(values: Mapping[str, Any], arrays: Arrays) -> CompiledPipeline:
    """The pipeline again.

    Raises:
        UnsoundError: it is none that `taken_apart` gives.
    """
    try:
        bias, link, about = arrays["bias"], values["link"], values["parts"]
        most = MOST_MARGINS if link is None else MOST_CLASSES
        _require(bias.dtype == np.float64 and bias.ndim == 1 and 0 < len(bias) <= most, "bias")
        _require(
            link in (None, kernel.LOGISTIC, kernel.SOFTMAX) and (link != kernel.LOGISTIC or len(bias) == 1), "link"
        )
        _require(bool(np.isfinite(bias).all()) and 0 < len(about) <= MOST_PARTS, "parts")
        parts = [_part(f"{number}.", each, arrays, len(bias)) for number, each in enumerate(about)]
        ending = _trees(arrays, len(bias)) if link is None else link
    except (KeyError, TypeError, ValueError, IndexError) as odd:
        raise UnsoundError(repr(odd)) from odd
    return CompiledPipeline(tuple(parts), bias, ending)


def _part(prefix: str, about: Mapping[str, Any], arrays: Arrays, margins: int) -> Part:
    kinds = get_type_hints(Tables)
    fields = {name: arrays[f"{prefix}{name}"] for name in Tables._fields if name not in SCALARS}
    for name, array in fields.items():
        # NDArray[np.int32] is ndarray[shape, dtype[int32]].
        wanted = kinds[name].__args__[1].__args__[0]
        _require(array.dtype == wanted and array.ndim == DIMENSIONS.get(name, 2), name)
    _require(isinstance(about["longest"], int) and 0 <= about["longest"] <= LONGEST_NGRAM, "longest")
    _require(isinstance(about["lower"], bool) and isinstance(about["binary"], bool), "lower")
    # A match's number is looked at nowhere else: beyond the last replacement there are empty ones.
    fields["replacement_ends"] = np.pad(fields["replacement_ends"], (0, MOST_MATCHES), mode="edge")
    tables = Tables(**fields, longest=about["longest"], binary=about["binary"])
    _require_text(tables)
    _require_words(tables)
    _require_weights(tables, margins)
    return Part(tables, about["lower"])


def _require_text(t: Tables) -> None:
    pages = (LAST + 1) // PAGE
    outside, automata = t.transitions.shape[1] - 1, len(t.first_states)
    _require(0 < outside < 256 and automata > 0, "transitions")
    _require(len(t.class_index) == pages and t.class_pages.shape[1] == PAGE, "class_index")
    _require(_below(t.class_index, len(t.class_pages)) and _below(t.class_pages, outside), "class_pages")
    _require(t.map_index.shape[1] == pages and t.map_pages.shape[1] == PAGE, "map_index")
    _require(_below(t.map_index, len(t.map_pages)) and _within(t.map_pages, -1, LAST), "map_pages")
    _require(t.operations.shape[1] == 2 and len(t.operations) <= 64, "operations")
    for kind, which in t.operations.tolist():
        _require(0 <= which < (automata if kind == kernel.REPLACE else len(t.map_index)), "operations")
        _require(kind in (kernel.REPLACE, kernel.MAP), "operations")
    _require(t.transitions.min() >= 0 and _below(t.transitions >> 8, len(t.transitions)), "transitions")
    _require(t.first_states.shape[1] == outside + 1 and _below(t.first_states, len(t.transitions)), "first_states")
    # A match of nothing would never get on.
    _require(not (t.transitions[t.first_states] & 255).any(), "a match of nothing")
    _require(t.begins.shape == (automata, outside + 1, outside + 1), "begins")
    _require(t.may_match.shape == (outside + 1, outside + 1), "may_match")
    _require(len(t.replacement_of) == automata, "replacement_of")
    _require(_below(t.replacement_of, len(t.replacement_ends) - MOST_MATCHES), "replacement_of")
    _require(_ascends_within(t.replacement_ends, len(t.replacements)), "replacement_ends")
    _require(_within(t.replacements, 0, LAST), "replacements")
    _require(len(t.tokeniser) == 2 and 0 <= t.tokeniser[0] < automata, "tokeniser")
    _require(t.tokeniser[1] in (kernel.FIND, kernel.SPLIT, kernel.SPLIT_WITH_EMPTY), "tokeniser")


def _require_words(t: Tables) -> None:
    nodes = len(t.node_weights)
    _require(t.short_words.shape[1] == t.children.shape[1] == 2, "short_words")
    for table in (t.short_words, t.long_words, t.children, t.child_bits):
        _require(len(table) > 0 and len(table) & (len(table) - 1) == 0, "a table's size")
    _require(_ascends_within(t.word_ends, len(t.word_points)) and len(t.word_ends) > 0, "word_ends")
    taken = t.short_words[:, 0] != 0
    _require(not taken.all() and _below(t.short_words[taken, 1] >> 1, nodes), "short_words")
    long = t.long_words[t.long_words >= 0] >> 1
    _require(len(long) < len(t.long_words) and _below(long, min(nodes, len(t.word_ends) - 1)), "long_words")
    held = t.children[:, 0] >= 0
    _require(not held.all() and _below(t.children[held, 1] >> 1, nodes), "children")


def _require_weights(t: Tables, margins: int) -> None:
    _require(t.node_weights.shape[1] == t.bucket_weights.shape[1] == margins, "weights")
    _require(bool(np.isfinite(t.node_weights).all() and np.isfinite(t.bucket_weights).all()), "weights")
    _require(t.hashed.shape[1] == 4, "hashed")
    for buckets, start, _, _ in t.hashed.tolist():
        _require(buckets > 0 and start >= 0 and start + buckets <= len(t.bucket_weights), "hashed")


def _trees(arrays: Arrays, margins: int) -> Trees:
    t = Trees(**{name: arrays[f"{TREES}{name}"] for name in Trees._fields})
    kinds = get_type_hints(Trees)
    for name, array in t._asdict().items():
        _require(array.dtype == kinds[name].__args__[1].__args__[0], name)
        _require(array.ndim == (2 if name == "shares" else 1), name)
        _require(len(array) == len(t.left) or name == "roots", name)
    nodes = len(t.left)
    _require(len(t.roots) > 0 and _below(t.roots, nodes), "roots")
    inner = np.flatnonzero(t.left >= 0)
    for child in (t.left[inner], t.right[inner]):
        # Behind its parent: a walk ends.
        _require(_below(child, nodes) and bool((child > inner).all()), "a child")
    _require(_below(t.margin, margins) and _within(t.shift, 0, BITS - 1), "margin")
    _require(0 < t.shares.shape[1] <= MOST_CLASSES and bool(np.isfinite(t.shares).all()), "shares")
    _require(bool((t.shares >= 0).all() and (t.shares.sum(axis=1) > 0).all()), "shares")
    return t


def _below(values: npt.NDArray[Any], end: int) -> bool:
    return _within(values, 0, end - 1)


def _within(values: npt.NDArray[Any], least: int, most: int) -> bool:
    return values.size == 0 or (int(values.min()) >= least and int(values.max()) <= most)


def _ascends_within(ends: npt.NDArray[Any], most: int) -> bool:
    return _within(ends, 0, most) and bool((np.diff(ends) >= 0).all())


def _require(is_so: bool, what: str) -> None:
    if not is_so:
        raise UnsoundError(f"{what} is not sound")
