"""A batch with what became of each record: a tweet's row says whether it is a duplicate, or has the reason for which it is a dead letter."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.tweet_form.fingerprint import Fingerprints
from stream_processor.stream.deduplication.recent_ids import RecentIds
from stream_processor.stream.deduplication.rejected_ahead import Coordinates, are_among
from stream_processor.stream.deduplication.verdict import LookUp, Mask, judge
from stream_processor.stream.parsing.rejection import Reason

DETAIL = "a tweet with this id and another text was scored before"


@dataclass(frozen=True)
class Judged:
    """All rows of a batch with `is_duplicate`, and the fingerprints of the new tweets, in their order."""

    rows: pa.Table
    fingerprints: Fingerprints

    @property
    def new(self) -> pa.Table:
        """The tweets that are to be scored rows."""
        return self.rows.filter(pc.and_(pc.is_null(self.rows["reason"]), pc.invert(self.rows["is_duplicate"])))


def judged(
    batch: pa.Table, forgotten: Forgotten, rejected_ahead: Coordinates, recent: RecentIds, look_up: LookUp
) -> Judged:
    """Judge the records of a batch in this order: rejected already, forgotten, known.

    Args:
        batch: parsed records; `reason` is null for a tweet.
        forgotten: tweets that are dropped, and count as duplicates: the lake has had them.
        rejected_ahead: dead letters of reused ids that are there already.
        recent: the window.
        look_up: as in `judge`.
    """
    is_tweet = pc.is_null(batch["reason"]).to_numpy()
    is_reused = is_tweet & are_among(batch, rejected_ahead)
    is_duplicate = is_tweet & ~is_reused & _forgotten(batch, forgotten)
    open_rows = np.flatnonzero(is_tweet & ~is_reused & ~is_duplicate)
    tweets = batch.select(["tweet_id", "text"]).take(pa.array(open_rows)).combine_chunks()
    verdict = judge(tweets["tweet_id"].to_numpy(), _whole(tweets["text"]), recent, look_up)
    is_duplicate[open_rows] = verdict.is_duplicate
    is_reused[open_rows] = verdict.is_reused
    rows = _rejected(batch, is_reused) if is_reused.any() else batch
    rows = rows.append_column("is_duplicate", pa.array(is_duplicate))
    return Judged(rows, verdict.fingerprints[~verdict.is_duplicate & ~verdict.is_reused])


def _forgotten(batch: pa.Table, forgotten: Forgotten) -> Mask:
    """By the tweet's own ids: the key of a record counts where there is nothing else."""
    if not forgotten:
        return np.zeros(batch.num_rows, np.bool_)
    keyless = batch.set_column(batch.schema.get_field_index("key"), "key", pa.nulls(batch.num_rows, pa.binary()))
    return forgotten.among(keyless)


def _rejected(batch: pa.Table, which: Mask) -> pa.Table:
    for name, value in (("reason", str(Reason.ID_REUSED)), ("detail", DETAIL)):
        column = pc.if_else(pa.array(which), value, batch[name])
        batch = batch.set_column(batch.schema.get_field_index(name), name, column)
    return batch


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
