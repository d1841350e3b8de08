"""Which texts a comparison has met: one that comes again tells nothing new, and counts once.

A sample that goes round, or a tweet that many repeat, would else count as often as it came, and McNemar's test with it. Texts are one where their normal
forms (`sentistream/tweet_form`) are equal: entities, links and white space make no difference.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream import tweet_form
from sentistream.tweet_form import fingerprint

Mask = npt.NDArray[np.bool_]


class Distinct:
    """Texts by 8 bytes each, in sorted runs of which each is at least twice as long as the next."""

    def __init__(self) -> None:
        self._runs: list[fingerprint.Fingerprints] = []

    def first(self, texts: pa.Array) -> Mask:
        """Whether each text (strings without nulls) is met for the first time, also within this call."""
        met = fingerprint.of(tweet_form.normal(texts))
        distinct, places = np.unique(met, return_index=True)
        new = np.ones(len(distinct), bool)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, distinct), len(run) - 1)
            new &= run[at] != distinct
        self._keep(distinct[new])
        first = np.zeros(len(met), bool)
        first[places[new]] = True
        return first

    def _keep(self, run: fingerprint.Fingerprints) -> None:
        if len(run):
            self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            self._runs[-2:] = [np.sort(np.concatenate(self._runs[-2:]))]


class Met:
    """The texts of a comparison: all of them, and those that had a label."""

    def __init__(self) -> None:
        self._all, self._labelled = Distinct(), Distinct()

    def once(self, tweets: pa.Table) -> tuple[Mask, Mask]:
        """Which rows of a table (columns text and label) count as a text, and which as a labelled one; of several labels the first counts."""
        texts = tweets["text"].combine_chunks()
        labelled = pc.is_valid(tweets["label"]).to_numpy()
        judged = np.zeros(len(texts), bool)
        judged[labelled] = self._labelled.first(texts.filter(pa.array(labelled)))
        return self._all.first(texts), judged
