"""Late duplicates: further rows of a tweet, which came after the stream's window had forgotten its id.

A row with the id of another tweet is none: it came when the id was unknown, and its text is found nowhere else. It stays, and is counted.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from sentistream.lake import changed_days, rows
from sentistream.lake.conflicts import OvertakenError, commit_again
from sentistream.lake.lake import Lake

ATTEMPTS = 5


@dataclass(frozen=True)
class Removed:
    """What one round removed."""

    rows: int = 0
    reused: int = 0
    """Rows that stay, though an earlier one has their id: the texts are those of different tweets."""
    conflicts: int = 0
    """How often another commit came in between; after `ATTEMPTS` times nothing was removed."""


def remove(lake: Lake, scored: DeltaTable) -> Removed:
    """Keep the first row of each tweet in the whole scored table, starting again where another commit came in between."""
    again = commit_again(ATTEMPTS, scored.update_incremental)
    try:
        removed, reused = again(_remove, lake, scored)
    except OvertakenError:
        return Removed(conflicts=ATTEMPTS)
    return Removed(removed, reused, again.statistics["attempt_number"] - 1)


def _remove(lake: Lake, scored: DeltaTable) -> tuple[int, int]:
    """Rows that are removed are counted in the commit that removes them: the transaction `<topic>/removed` is their running number."""
    dataset = scored.to_pyarrow_dataset()
    repeated = _repeated(dataset.to_table(columns=["tweet_id"])["tweet_id"].to_numpy())
    if not len(repeated):
        return 0, 0
    chosen = pc.field("tweet_id").isin(pa.array(repeated))
    late, reused = _late(dataset.to_table(columns=[*rows.IDENTITY, "created_at", "text"], filter=chosen))
    if late.num_rows:
        counts = Counter(late["topic"].to_pylist())
        changed = changed_days.record(lake, scored, late["created_at"])
        rows.delete(scored, late, rows.removal(scored, "removed", "late_duplicates", counts, [changed]))
    return int(late.num_rows), reused


def _repeated(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The ids that are there more than once."""
    numbers, counts = np.unique(ids, return_counts=True)
    repeated: npt.NDArray[np.int64] = numbers[counts > 1]
    return repeated


def _late(scored: pa.Table) -> tuple[pa.Table, int]:
    """All rows but the first of each tweet, in Kafka's order, and how many rows share their id with another tweet's before them."""
    # Its kernel takes a second to import, and every command of the lake imports this module.
    from sentistream import tweet_form

    ordered = scored.sort_by([("kafka_timestamp", "ascending"), ("partition", "ascending"), ("offset", "ascending")])
    texts = ordered["text"].cast(pa.string()).combine_chunks()
    first: dict[int, list[str]] = {}
    is_late = []
    for number, form in zip(ordered["tweet_id"].to_pylist(), tweet_form.normal(texts).to_pylist(), strict=True):
        of_id = first.setdefault(number, [])
        is_late.append(any(tweet_form.is_same_tweet(form, each) for each in of_id))
        if not is_late[-1]:
            of_id.append(form)
    return ordered.drop_columns(["text"]).filter(pa.array(is_late)), sum(len(forms) - 1 for forms in first.values())
