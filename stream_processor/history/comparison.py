"""Compares two versions on the same texts, by counts that add up: the memory grows by 8 bytes a text alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.model_version import ModelVersion
from sentistream.evaluation.distinct import Met
from sentistream.evaluation.held_out import KINDS, Counts, HeldOut, codes, held_out, shared_classes
from sentistream.scoring import probabilities as checked
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import sentiments
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
    """Counts over the compared texts, each once; sentiments are in the order of `SENTIMENTS`."""

    pair: Pair
    tweets: int
    """Read, with those whose text has come before."""
    by_language: Mapping[str, Counts]
    """Language → [sentiment of the first, of the second]."""
    differences: Counts
    """[2 × STEPS + 1]: texts by P(positive) of the second less the first's, rounded to four decimals, from −1 to 1."""
    difference_sum: float
    held_out: HeldOut
    """The labelled texts: how good both are on those that neither was trained on."""

    @classmethod
    def empty(cls, pair: Pair) -> "Comparison":
        """Of no tweet yet."""
        return cls(pair, 0, {}, np.zeros(2 * STEPS + 1, np.int64), 0.0, HeldOut.empty())

    def __add__(self, other: "Comparison") -> "Comparison":
        languages = dict(self.by_language)
        for lang, counts in other.by_language.items():
            languages[lang] = languages[lang] + counts if lang in languages else counts
        return Comparison(
            self.pair,
            self.tweets + other.tweets,
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
        """Texts compared."""
        return int(self.agreement.sum())

    @property
    def repeats(self) -> int:
        """Tweets left out, since their text has come before."""
        return self.tweets - self.rows

    @property
    def mean_difference(self) -> float:
        """Of P(positive), the second's less the first's; 0 where there is no text."""
        return self.difference_sum / max(self.rows, 1)

    def quantile(self, share: float) -> float:
        """The smallest difference of P(positive), to four decimals, that at least this share of the texts does not exceed."""
        reached = np.cumsum(self.differences)
        return float(np.searchsorted(reached, max(share * reached[-1], 1)) - STEPS) / STEPS

    def largest_languages(self, most: int) -> list[tuple[str, Counts]]:
        """The languages with most texts."""
        return sorted(self.by_language.items(), key=lambda item: (-int(item[1].sum()), item[0]))[:most]


def compared(tweets: pa.Table, scorers: Sequence[Scorer], met: Met) -> Comparison:
    """Score tweets (columns text, lang and label) with two versions, each text once.

    Args:
        tweets: some of the tweets, in the order in which they count.
        scorers: of the two versions.
        met: the texts that were counted before; these are added to it.

    Raises:
        UnfitError: one of them fails on some text, or gives no probabilities.
    """
    pair = Pair(*(scorer.version for scorer in scorers))
    read, labelled = tweets.num_rows, int(pc.sum(pc.is_valid(tweets["label"])).as_py() or 0)
    first_time, judged = met.once(tweets)
    needed = first_time | judged
    if not needed.any():
        nothing = Comparison.empty(pair)
        return replace(nothing, tweets=read, held_out=replace(nothing.held_out, tweets=labelled))
    tweets, first_time, judged = tweets.filter(pa.array(needed)), first_time[needed], judged[needed]
    scored = [probabilities_of(tweets["text"], scorer) for scorer in scorers]
    once, counts = tweets.filter(pa.array(first_time)), [each[first_time] for each in scored]
    said_first, said_second = (
        codes(sentiments(each, version)) for each, version in zip(counts, (pair.first, pair.second), strict=True)
    )
    languages = once["lang"].combine_chunks().dictionary_encode()
    by_language = np.zeros((len(languages.dictionary), KINDS, KINDS), np.int64)
    np.add.at(by_language, (languages.indices.to_numpy(), said_first, said_second), 1)
    positive_first, positive_second = (
        checked.required(each, scorer.version) for each, scorer in zip(counts, scorers, strict=True)
    )
    difference = positive_second - positive_first
    steps = np.rint(difference * STEPS).astype(np.int64) + STEPS
    measured = [each[judged] for each in scored]
    return Comparison(
        pair,
        read,
        dict(zip(languages.dictionary.to_pylist(), by_language, strict=True)),
        np.bincount(steps, minlength=2 * STEPS + 1),
        float(difference.sum()),
        held_out(tweets.filter(pa.array(judged)), measured, (pair.first, pair.second), labelled),
    )
