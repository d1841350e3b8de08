"""The n-grams that push the winner's prediction most, read from its saved pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentistream.contracts.labels import LabelMap, in_order
from sentistream.scoring.mllib import plan, saved
from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.linear import Affine
from sentistream.scoring.mllib.ngrams import Vectoriser
from sentistream.scoring.mllib.trees.walk import Trees
from sentistream.scoring.mllib.vectors import Floats
from sentistream.scoring.mllib.weights.readable import readable

SHOWN = 25
"""For each class."""
LOOKED_AT = 200
"""N-grams of a vocabulary that tell whether its tokens are characters."""


@dataclass(frozen=True)
class Weighted:
    """An n-gram and what its presence adds to a class's log-odds."""

    text: str
    weight: float


@dataclass(frozen=True)
class Strongest:
    """The heaviest n-grams of one kind for each class, the heaviest first."""

    kind: str
    """`words` or `characters`."""
    size: int
    """N-grams of this kind that the model knows."""
    by_label: dict[str, list[Weighted]]


def strongest(model: Path, labels: LabelMap) -> list[Strongest] | str:
    """The heaviest n-grams of a saved pipeline, or the reason why it has none to show."""
    try:
        read = plan.of(saved.stages(model))
    except CannotCompileError as reason:
        return f"Its weights are not those of n-grams ({reason})."
    if isinstance(read.ending, Trees):
        return "Its trees ask for n-grams and give none a weight."
    return heaviest(read.vectorisers, read.margins, labels)


def heaviest(vectorisers: Sequence[Vectoriser], margins: Affine, labels: LabelMap) -> list[Strongest] | str:
    """The heaviest n-grams of a linear model over vectorisers, or the reason why they can't be named.

    Two classes: of positive against negative. Three: a class's weight less the mean of the other two's, since only
    differences matter to a softmax.
    """
    if any(each.vocabulary is None for each in vectorisers):
        return "It hashes n-grams into buckets, and which n-grams share a bucket is not kept."
    found: dict[str, list[tuple[Sequence[str], Floats]]] = {}
    for number, vectoriser in enumerate(vectorisers):
        terms = vectoriser.vocabulary or ()
        weights = _by_class(margins.table(number, vectoriser.size), len(labels.names))
        found.setdefault("characters" if _spelt(terms) else "words", []).append((terms, weights))
    return [_strongest(kind, parts, labels) for kind, parts in found.items()]


def _by_class(table: Floats, classes: int) -> Floats:
    """Margins' weights → float64[size, classes] of a class against the others."""
    if table.shape[1] == 1:
        return np.hstack([-table, table])
    others = (table.sum(axis=1, keepdims=True) - table) / (classes - 1)
    return np.asarray(table - others)


def _spelt(terms: Sequence[str]) -> bool:
    """Whether the tokens are single characters; a vocabulary of words has longer ones among its first, most frequent."""
    return bool(terms) and all(len(token) == 1 for term in terms[:LOOKED_AT] for token in term.split(" "))


def _strongest(kind: str, parts: list[tuple[Sequence[str], Floats]], labels: LabelMap) -> Strongest:
    terms = [term for of, _ in parts for term in of]
    weights = np.concatenate([each for _, each in parts])
    by_label = {}
    for name in in_order(labels.names):
        mine = weights[:, labels.index(name)]
        heaviest = np.argsort(-mine, kind="stable")[:SHOWN]
        by_label[name] = [
            Weighted(readable(terms[at], spelt=kind == "characters"), float(mine[at]))
            for at in heaviest
            if mine[at] > 0
        ]
    return Strongest(kind, len(terms), by_label)
