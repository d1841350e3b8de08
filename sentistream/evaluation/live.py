"""How right a version was on labelled tweets that it scored in the stream: by the stored sentiments, on rows that it was not trained on."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import NEUTRAL
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import HOLDOUT, part_of
from sentistream.evaluation.distinct import Distinct
from sentistream.evaluation.significance import Interval, wilson


@dataclass(frozen=True)
class LiveAccuracy:
    """Counts of texts, each once."""

    tweets: int
    """With a label, that this version scored and that were looked at."""
    texts: int
    """Their different texts."""
    is_known: bool
    """Whether it is known which of them the version was not trained on."""
    rows: int
    """Texts of the holdout with a label that the version knows: what the figures are of; 0 where it is not known."""
    right: int
    """Of these, by the most probable class."""
    decided: int
    """Of these, with another sentiment than the neutral of a two-class version's band."""
    decided_right: int

    @property
    def accuracy(self) -> float | None:
        """None where there is no row to tell it by."""
        return self.right / self.rows if self.rows else None

    @property
    def interval(self) -> Interval | None:
        """95 %, of the accuracy."""
        return wilson(self.right, self.rows) if self.rows else None


def live_accuracy(rows: pa.Table, version: ModelVersion) -> LiveAccuracy:
    """Count labelled rows of silver (columns text, label, sentiment, p_positive) that one version scored; of several labels of a text the first counts."""
    once = rows.filter(pa.array(Distinct().first(rows["text"].combine_chunks()))) if rows.num_rows else rows
    if not version.kept_the_holdout:
        return LiveAccuracy(rows.num_rows, once.num_rows, False, 0, 0, 0, 0)
    texts = once["text"].to_pylist()
    unseen = np.fromiter((part_of(text) in HOLDOUT for text in texts), bool, len(texts))
    known = pc.is_in(once["label"], pa.array(version.labels.names)).to_numpy(zero_copy_only=False)
    judged = once.filter(pa.array(unseen & known))
    label = judged["label"].to_numpy(zero_copy_only=False)
    sentiment = judged["sentiment"].to_numpy(zero_copy_only=False)
    if version.labels.has_neutral:
        chosen, decided = sentiment, np.ones(judged.num_rows, bool)
    else:
        negative, positive = version.labels.names
        chosen = np.where(judged["p_positive"].to_numpy() > 0.5, positive, negative)
        decided = sentiment != NEUTRAL
    right = chosen == label
    return LiveAccuracy(
        rows.num_rows,
        once.num_rows,
        True,
        judged.num_rows,
        int(right.sum()),
        int(decided.sum()),
        int((right & decided).sum()),
    )
