"""Compares two versions on the same tweets, by counts that add up: the memory does not grow with the tweets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import probabilities as checked
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import sentiments
from stream_processor.history.held_out import KINDS, Counts, HeldOut, codes, held_out, shared_classes
from stream_processor.stream.scored import probabilities_of

STEPS = 10_000
"""Differences of P(positive) are counted to four decimals, so that quantiles need no row."""


@dataclass(frozen=True)
class Pair:
    """Two versions, in the order in which they were named."""

    first: ModelVersion
    second: ModelVersion

    @property
    def unknown(self) -> list[str]:
        """The versions of which it can't be known on which rows they were trained."""
        return [each.title for each in dict.fromkeys((self.first, self.second)) if not each.kept_the_holdout]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that both know."""
        return shared_classes(self.first.labels, self.second.labels)


@dataclass(frozen=True)
class Comparison:
    """Counts over the compared tweets; sentiments are in the order of `SENTIMENTS`."""

    pair: Pair
    by_language: Mapping[str, Counts]
    """Language → [sentiment of the first, of the second]."""
    differences: Counts
    """[2 × STEPS + 1]: tweets by P(positive) of the second less the first's, rounded to four decimals, from −1 to 1."""
    difference_sum: float
    held_out: HeldOut
    """The labelled tweets: how good both are on those that neither was trained on."""

    @classmethod
    def empty(cls, pair: Pair) -> "Comparison":
        """Of no tweet yet."""
        return cls(pair, {}, np.zeros(2 * STEPS + 1, np.int64), 0.0, HeldOut.empty())

    def __add__(self, other: "Comparison") -> "Comparison":
        languages = dict(self.by_language)
        for lang, counts in other.by_language.items():
            languages[lang] = languages[lang] + counts if lang in languages else counts
        return Comparison(
            self.pair,
            languages,
            self.differences + other.differences,
            self.difference_sum + other.difference_sum,
            self.held_out + other.held_out,
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


def compared(tweets: pa.Table, scorers: Sequence[Scorer]) -> Comparison:
    """Score tweets (columns text, lang and label) with two versions.

    Raises:
        UnfitError: one of them fails on some text, or gives no probabilities.
    """
    pair = Pair(*(scorer.version for scorer in scorers))
    first, second = (probabilities_of(tweets["text"], scorer) for scorer in scorers)
    said_first, said_second = codes(sentiments(first, pair.first)), codes(sentiments(second, pair.second))
    languages = tweets["lang"].combine_chunks().dictionary_encode()
    by_language = np.zeros((len(languages.dictionary), KINDS, KINDS), np.int64)
    np.add.at(by_language, (languages.indices.to_numpy(), said_first, said_second), 1)
    positive_first, positive_second = (
        checked.required(scored, scorer.version) for scored, scorer in zip((first, second), scorers, strict=True)
    )
    difference = positive_second - positive_first
    steps = np.rint(difference * STEPS).astype(np.int64) + STEPS
    return Comparison(
        pair,
        dict(zip(languages.dictionary.to_pylist(), by_language, strict=True)),
        np.bincount(steps, minlength=2 * STEPS + 1),
        float(difference.sum()),
        held_out(tweets, (first, second), (pair.first, pair.second)),
    )
