"""A challenger scored beside the champion on a sample of tweets: how often they agree, and who is right where labels tell; no row is changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sentistream.contracts.model_version import ModelVersion
from sentistream.evaluation.distinct import Distinct
from sentistream.evaluation.held_out import KINDS, Counts, HeldOut, codes, held_out
from sentistream.evaluation.significance import Interval, wilson
from sentistream.scoring import checked
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import sentiments


@dataclass(frozen=True)
class Beside:
    """Counts of texts, each once; sentiments are in the order of `SENTIMENTS`."""

    champion: ModelVersion
    challenger: ModelVersion
    sample: Counts
    """[the champion's, the challenger's sentiment]: the sample's texts."""
    held_out: HeldOut
    """Labelled texts that neither was trained on: the champion's figures, and the challenger's."""

    @property
    def texts(self) -> int:
        """Of the sample."""
        return int(self.sample.sum())

    @property
    def agreeing(self) -> int:
        """Of these, with the same sentiment by both."""
        return int(np.trace(self.sample))

    @property
    def agreement(self) -> Interval | None:
        """95 %, of the share that agrees; None of no text."""
        return wilson(self.agreeing, self.texts) if self.texts else None


def beside(scorers: Sequence[Scorer], sample: pa.Table, labelled: pa.Table) -> Beside:
    """Score tweets by both.

    Args:
        scorers: the champion's and the challenger's.
        sample: any tweets, a column text.
        labelled: tweets with a label, columns text and label.

    Raises:
        UnfitError: one of them fails on some text, or gives no probabilities.
    """
    champion, challenger = (scorer.version for scorer in scorers)
    once, judged = _once(sample), _once(labelled)
    named = [codes(sentiments(_scores(scorer, once), scorer.version)) for scorer in scorers]
    agreement = np.zeros((KINDS, KINDS), np.int64)
    np.add.at(agreement, tuple(named), 1)
    scores = [_scores(scorer, judged) for scorer in scorers]
    counted = held_out(judged, scores, (champion, challenger), labelled.num_rows)
    return Beside(champion, challenger, agreement, counted)


def _once(tweets: pa.Table) -> pa.Table:
    return tweets.filter(pa.array(Distinct().first(tweets["text"].combine_chunks()))) if tweets.num_rows else tweets


def _scores(scorer: Scorer, tweets: pa.Table) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return checked.score(scorer, tweets["text"].combine_chunks().cast(pa.large_string()))
