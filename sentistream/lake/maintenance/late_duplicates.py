"""Late duplicates: further rows of a tweet id, which came after the stream's window had forgotten it."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable

from sentistream.lake import rows
from sentistream.lake.conflicts import OvertakenError, commit_again

ATTEMPTS = 5


@dataclass(frozen=True)
class Removed:
    """What one round removed."""

    rows: int = 0
    conflicts: int = 0
    """How often another commit came in between; after `ATTEMPTS` times nothing was removed."""


def remove(scored: DeltaTable) -> Removed:
    """Keep the first row of each tweet id in the whole scored table, starting again where another commit came in between."""
    again = commit_again(ATTEMPTS, scored.update_incremental)
    try:
        removed = again(_remove, scored)
    except OvertakenError:
        return Removed(conflicts=ATTEMPTS)
    return Removed(removed, again.statistics["attempt_number"] - 1)


def _remove(scored: DeltaTable) -> int:
    """Rows that are removed are counted in the commit that removes them: the transaction `<topic>/removed` is their running number."""
    late = _late(scored.to_pyarrow_dataset().to_table(columns=list(rows.IDENTITY)))
    if late.num_rows:
        counts = Counter(late["topic"].to_pylist())
        rows.delete(scored, late, rows.removal(scored, "removed", "late_duplicates", counts))
    return int(late.num_rows)


def _late(scored: pa.Table) -> pa.Table:
    """All rows but the first of each tweet id, in Kafka's order."""
    ordered = scored.sort_by([("kafka_timestamp", "ascending"), ("partition", "ascending"), ("offset", "ascending")])
    _, first = np.unique(ordered["tweet_id"].to_numpy(), return_index=True)
    late = np.ones(ordered.num_rows, dtype=np.bool_)
    late[first] = False
    return ordered.filter(pa.array(late))
