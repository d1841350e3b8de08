"""By what the texts and scores of one version are counted, and the counting itself: the same for its held-out rows and for what it meets later."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import NEGATIVE, POSITIVE, SENTIMENTS, LabelMap
from sentistream.contracts.split import HOLDOUT, is_kept_by, part_of
from sentistream.drift.shape import shape
from sentistream.drift.words import Hashes, among, words

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
BINS = 10
MOST_LANGUAGES = 16
WIDTHS: Mapping[str, int] = {
    "scores": BINS,
    "sentiments": len(SENTIMENTS),
    "texts": 1,
    "lengths": BINS,
    "empty": 1,
    "escaped": 1,
    "entities": 1,
    "characters": 1,
    "words": 1,
    "unknown_words": 1,
    "spoken": MOST_LANGUAGES,
    "labelled": 1,
    "correct": 1,
}
"""What is counted, and in how many bins; all but the first two of the texts that were looked at."""


@dataclass(frozen=True)
class Yardstick:
    """Made with a version, from its training and held-out rows; numbers alone."""

    labels: LabelMap
    split: str
    """By which its training rows were chosen, as its tag `split` says: which labelled tweets may count."""
    score_edges: Floats
    """Up to 9, where the deciles of P(positive) end; a score at an edge is in the upper bin."""
    length_edges: Counts
    """The same of the texts' lengths in characters."""
    known: Hashes
    """The most frequent words of its training rows, sorted."""
    languages: tuple[str, ...]
    """BCP 47, those that it can tell."""
    telling: Hashes
    """Words that stand in one of these languages, sorted."""
    language_of: Counts
    """Of each telling word, the place of its language."""

    def counted(self, groups: Counts, number: int, of: pa.Table, looked_at: Counts) -> tuple[dict[str, Counts], Floats]:
        """Count tweets in groups.

        Args:
            groups: of each tweet, the group that it is in, from 0.
            number: how many groups there are.
            of: text string, p_positive double, sentiment string, label string or null.
            looked_at: places of the tweets whose texts are looked at, too, which costs fifty times as much.

        Returns:
            The counts by name, each int64[groups, bins], and the sum over the most probable class's probability, float64[groups]; of
            three classes that is not known, and NaN.
        """
        p = of["p_positive"].to_numpy().astype(np.float64)
        counts = {
            "scores": _binned(groups, np.searchsorted(self.score_edges, p, side="right"), number, BINS),
            "sentiments": _binned(groups, places(of["sentiment"]), number, len(SENTIMENTS)),
        }
        counts |= self._of_texts(groups[looked_at], number, of.take(pa.array(looked_at)))
        top = np.full(len(p), np.nan) if self.labels.has_neutral else np.maximum(p, 1 - p)
        return counts, np.bincount(groups, top, number).astype(np.float64)

    def _of_texts(self, groups: Counts, number: int, of: pa.Table) -> dict[str, Counts]:
        texts = _one(of["text"]).cast(pa.large_string())
        seen = shape(texts)
        at, hashes = words(texts)
        unknown = ~among(hashes, self.known)
        told = among(hashes, self.telling)
        spoken = self.language_of[np.searchsorted(self.telling, hashes[told])]
        # One tweet counts once for a language, however often it says so.
        tweet_speaks = np.unique(at[told] * MOST_LANGUAGES + spoken)
        speakers, spoken = groups[tweet_speaks // MOST_LANGUAGES], tweet_speaks % MOST_LANGUAGES
        labelled, correct = self._judged(
            texts, of["p_positive"].to_numpy(), *(places(of[name]) for name in ("sentiment", "label"))
        )
        summed = {
            "texts": (groups, np.ones(len(texts))),
            "empty": (groups, seen.empty),
            "escaped": (groups, seen.escaped),
            "entities": (groups, seen.entities),
            "characters": (groups, seen.characters),
            "words": (groups[at], np.ones(len(at))),
            "unknown_words": (groups[at], unknown),
            "labelled": (groups, labelled),
            "correct": (groups, correct),
        }
        return {
            name: np.bincount(where, what, number).astype(np.int64)[:, None] for name, (where, what) in summed.items()
        } | {
            "lengths": _binned(groups, np.searchsorted(self.length_edges, seen.characters, side="right"), number, BINS),
            "spoken": _binned(speakers, spoken, number, MOST_LANGUAGES),
        }

    def _judged(
        self, texts: pa.Array, p: Floats, sentiment: Counts, label: Counts
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Which tweets have a label that counts (invariant 10), and on which of them the version is right."""
        counts = np.zeros(len(p), np.bool_)
        if is_kept_by(self.split):
            for place in np.flatnonzero(np.isin(label, self.classes)):
                counts[place] = part_of(texts[int(place)].as_py()) in HOLDOUT
        return counts, counts & (self.answers(p, sentiment) == label)

    @property
    def classes(self) -> list[int]:
        """The places in `SENTIMENTS` of what the version can answer."""
        return [SENTIMENTS.index(name) for name in self.labels.names]

    def answers(self, p: Floats, sentiment: Counts) -> Counts:
        """P(positive) and sentiments → the most probable class's place in `SENTIMENTS`; a two-class version's band is no answer."""
        if self.labels.has_neutral:
            return sentiment
        return np.where(p >= 0.5, SENTIMENTS.index(POSITIVE), SENTIMENTS.index(NEGATIVE)).astype(np.int64)


def _one(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined


def places(column: pa.ChunkedArray) -> Counts:
    """Sentiments → their places in `SENTIMENTS`, -1 for none."""
    places = pc.fill_null(pc.index_in(_one(column).cast(pa.string()), pa.array(SENTIMENTS)), -1)
    return np.asarray(places.to_numpy(zero_copy_only=False), np.int64)


def _binned(groups: Counts, bins: Counts, number: int, width: int) -> Counts:
    return np.bincount(groups * width + bins, minlength=number * width).reshape(number, width).astype(np.int64)
