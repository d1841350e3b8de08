"""How good two versions are on labelled texts that neither was trained on, each counted once, by counts that add up (docs/design.md, invariant 10).

A text belongs to the project's holdout or not. Versions that kept to the project's split were trained on no row of the holdout; of
any other version it can't be known, and nothing is measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import NEUTRAL, SENTIMENTS, LabelMap
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import HOLDOUT, part_of
from sentistream.mcnemar import McNemar, mcnemar
from sentistream.scoring.sentiment import Probabilities, sentiments

Counts = npt.NDArray[np.int64]
KINDS = len(SENTIMENTS)


@dataclass(frozen=True)
class Quality:
    """What two versions reach on the same texts; each pair is of the first and of the second."""

    rows: int
    accuracy: tuple[float, float]
    """Of all rows, by the most probable of the classes that both know."""
    macro_f1: tuple[float, float]
    """Mean over the sentiments that occur as labels."""
    coverage: tuple[float, float]
    """Share of the rows to which the lake's sentiment is one of these classes, and not the neutral of a band or of a third class."""
    covered_accuracy: tuple[float, float]
    """Of these; 0 where there is none."""
    mcnemar: McNemar
    """On the same rows, by the classes that both know."""


@dataclass(frozen=True)
class HeldOut:
    """Counts over the labelled texts; sentiments are in the order of `SENTIMENTS`."""

    tweets: int
    """Tweets with a label, with those whose text has come before."""
    labelled: int
    """Their texts, each once."""
    unseen: int
    """Of these, the ones of the holdout; 0 where a version did not keep to the split."""
    by_label: Counts
    """[label, choice of the first, of the second]: of these, the ones with a label that both know; a choice is among the classes that both know."""
    covered: Counts
    """[version, right]: of these, the ones that the version decides, wrongly (0) and rightly (1)."""

    @classmethod
    def empty(cls) -> "HeldOut":
        """Of no tweet yet."""
        return cls(0, 0, 0, *_nothing())

    def __add__(self, other: "HeldOut") -> "HeldOut":
        return HeldOut(
            self.tweets + other.tweets,
            self.labelled + other.labelled,
            self.unseen + other.unseen,
            self.by_label + other.by_label,
            self.covered + other.covered,
        )

    @property
    def rows(self) -> int:
        """Texts that the figures are of."""
        return int(self.by_label.sum())

    @property
    def repeats(self) -> int:
        """Labelled tweets left out, since their text has come before."""
        return self.tweets - self.labelled

    @property
    def quality(self) -> Quality | None:
        """How good both are; None where there is no text to tell it by."""
        if not self.rows:
            return None
        first, second = self.by_label.sum(axis=2), self.by_label.sum(axis=1)
        right_twice = int(np.einsum("iii->", self.by_label))
        right = int(np.trace(first)), int(np.trace(second))
        decided = self.covered.sum(axis=1)
        return Quality(
            self.rows,
            (right[0] / self.rows, right[1] / self.rows),
            (_macro_f1(first), _macro_f1(second)),
            (decided[0] / self.rows, decided[1] / self.rows),
            (self.covered[0, 1] / max(decided[0], 1), self.covered[1, 1] / max(decided[1], 1)),
            mcnemar(right[0] - right_twice, right[1] - right_twice),
        )


def held_out(
    labelled: pa.Table, scored: Sequence[Probabilities], versions: Sequence[ModelVersion], tweets: int
) -> HeldOut:
    """Count labelled texts (a table of the columns text and label) that two versions have scored; `tweets` had them."""
    if not all(version.kept_the_holdout for version in versions):
        return HeldOut(tweets, labelled.num_rows, 0, *_nothing())
    texts = labelled["text"].to_pylist()
    unseen = np.flatnonzero(np.fromiter((part_of(text) in HOLDOUT for text in texts), bool, len(texts)))
    shared = shared_classes(*(version.labels for version in versions))
    truth = codes(labelled["label"].take(pa.array(unseen)).combine_chunks())
    known = np.isin(truth, [SENTIMENTS.index(name) for name in shared])
    rows, truth = unseen[known], truth[known]
    choices = [_choice(probabilities[rows], shared) for probabilities in scored]
    by_label, covered = _nothing()
    np.add.at(by_label, (truth, *choices), 1)
    for number, (probabilities, version, choice) in enumerate(zip(scored, versions, choices, strict=True)):
        said = codes(sentiments(probabilities[rows], version))
        decided = np.full(len(rows), True) if NEUTRAL in shared else said != SENTIMENTS.index(NEUTRAL)
        covered[number] = np.bincount((choice == truth)[decided], minlength=2)
    return HeldOut(tweets, labelled.num_rows, len(unseen), by_label, covered)


def shared_classes(first: LabelMap, second: LabelMap) -> tuple[str, ...]:
    """The classes that both label maps have: the shorter one's, since one is the other's beginning."""
    return min(first.names, second.names, key=len)


def codes(named: pa.Array) -> Counts:
    """Sentiments' names → their places in `SENTIMENTS`."""
    return np.asarray(pc.index_in(named, pa.array(SENTIMENTS, named.type)).to_numpy(zero_copy_only=False), np.int64)


def _nothing() -> tuple[Counts, Counts]:
    return np.zeros((KINDS, KINDS, KINDS), np.int64), np.zeros((2, 2), np.int64)


def _choice(probabilities: Probabilities, shared: tuple[str, ...]) -> Counts:
    """The most probable of the shared classes, as places in `SENTIMENTS`."""
    places = np.array([SENTIMENTS.index(name) for name in shared])
    return np.asarray(places[probabilities[:, : len(shared)].argmax(axis=1)], np.int64)


def _macro_f1(confusion: Counts) -> float:
    """Of [label, choice]: F1 = 2 right / (labelled so + chosen so), over the labels that occur."""
    labelled = confusion.sum(axis=1)
    f1 = 2 * np.diag(confusion) / np.maximum(labelled + confusion.sum(axis=0), 1)
    return float(f1[labelled > 0].mean())
