"""Compares two versions on the same tweets, by counts that add up: the memory does not grow with the tweets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import POSITIVE_INDEX, SENTIMENTS
from sentistream.contracts.model_version import ModelVersion
from sentistream.mcnemar import McNemar, mcnemar
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import sentiments

Counts = npt.NDArray[np.int64]
KINDS = len(SENTIMENTS)
STEPS = 10_000
"""Differences of P(positive) are counted to four decimals, so that quantiles need no row."""


@dataclass(frozen=True)
class Pair:
    """Two versions, in the order in which they were named."""

    first: ModelVersion
    second: ModelVersion


@dataclass(frozen=True)
class Known:
    """The tweets whose label is known: how good both are."""

    rows: int
    accuracy: tuple[float, float]
    macro_f1: tuple[float, float]
    """Mean over the sentiments that occur as labels."""
    mcnemar: McNemar


@dataclass(frozen=True)
class Comparison:
    """Counts over the compared tweets; sentiments are in the order of `SENTIMENTS`."""

    pair: Pair
    by_language: Mapping[str, Counts]
    """Language → [sentiment of the first, of the second]."""
    by_label: Counts
    """[label, sentiment of the first, of the second], of the tweets that have a label."""
    differences: Counts
    """[2 × STEPS + 1]: tweets by P(positive) of the second less the first's, rounded to four decimals, from −1 to 1."""
    difference_sum: float

    @classmethod
    def empty(cls, pair: Pair) -> "Comparison":
        """Of no tweet yet."""
        return cls(pair, {}, np.zeros((KINDS, KINDS, KINDS), np.int64), np.zeros(2 * STEPS + 1, np.int64), 0.0)

    def __add__(self, other: "Comparison") -> "Comparison":
        languages = dict(self.by_language)
        for lang, counts in other.by_language.items():
            languages[lang] = languages[lang] + counts if lang in languages else counts
        return Comparison(
            self.pair,
            languages,
            self.by_label + other.by_label,
            self.differences + other.differences,
            self.difference_sum + other.difference_sum,
        )

    @property
    def agreement(self) -> Counts:
        """[sentiment of the first, of the second]."""
        return sum(self.by_language.values(), np.zeros((KINDS, KINDS), np.int64))

    @property
    def rows(self) -> int:
        """Tweets compared."""
        return int(self.agreement.sum())

    @property
    def mean_difference(self) -> float:
        """Of P(positive), the second's less the first's; 0 where there is no tweet."""
        return self.difference_sum / max(self.rows, 1)

    def quantile(self, share: float) -> float:
        """The smallest difference of P(positive), to four decimals, that at least this share of the tweets does not exceed."""
        reached = np.cumsum(self.differences)
        return float(np.searchsorted(reached, max(share * reached[-1], 1)) - STEPS) / STEPS

    def largest_languages(self, most: int) -> list[tuple[str, Counts]]:
        """The languages with most tweets."""
        return sorted(self.by_language.items(), key=lambda item: (-int(item[1].sum()), item[0]))[:most]

    @property
    def known(self) -> Known | None:
        """How good both are where labels are known; None where none is."""
        rows = int(self.by_label.sum())
        if not rows:
            return None
        first, second = self.by_label.sum(axis=2), self.by_label.sum(axis=1)
        right_twice = int(np.einsum("iii->", self.by_label))
        right = int(np.trace(first)), int(np.trace(second))
        return Known(
            rows,
            (right[0] / rows, right[1] / rows),
            (_macro_f1(first), _macro_f1(second)),
            mcnemar(right[0] - right_twice, right[1] - right_twice),
        )


def compared(tweets: pa.Table, scorers: Sequence[Scorer]) -> Comparison:
    """Score tweets (columns text, lang and label) with two versions."""
    pair = Pair(*(scorer.version for scorer in scorers))
    first, second = (scorer.score(tweets["text"]) for scorer in scorers)
    said_first, said_second = _codes(sentiments(first, pair.first)), _codes(sentiments(second, pair.second))
    languages = tweets["lang"].combine_chunks().dictionary_encode()
    by_language = np.zeros((len(languages.dictionary), KINDS, KINDS), np.int64)
    np.add.at(by_language, (languages.indices.to_numpy(), said_first, said_second), 1)
    labelled = pc.is_valid(tweets["label"]).to_numpy()
    by_label = np.zeros((KINDS, KINDS, KINDS), np.int64)
    truth = _codes(tweets["label"].filter(pa.array(labelled)).combine_chunks())
    np.add.at(by_label, (truth, said_first[labelled], said_second[labelled]), 1)
    difference = second[:, POSITIVE_INDEX] - first[:, POSITIVE_INDEX]
    steps = np.rint(difference * STEPS).astype(np.int64) + STEPS
    return Comparison(
        pair,
        dict(zip(languages.dictionary.to_pylist(), by_language, strict=True)),
        by_label,
        np.bincount(steps, minlength=2 * STEPS + 1),
        float(difference.sum()),
    )


def _codes(named: pa.Array) -> Counts:
    return np.asarray(pc.index_in(named, pa.array(SENTIMENTS, named.type)).to_numpy(zero_copy_only=False), np.int64)


def _macro_f1(confusion: Counts) -> float:
    """Of [label, sentiment]: F1 = 2 right / (labelled so + called so), over the labels that occur."""
    labelled = confusion.sum(axis=1)
    f1 = 2 * np.diag(confusion) / np.maximum(labelled + confusion.sum(axis=0), 1)
    return float(f1[labelled > 0].mean())
