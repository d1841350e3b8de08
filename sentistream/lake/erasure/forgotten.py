"""Looks tweets up among the forgotten ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.topic import LARGEST_ID, decimal_id
from sentistream.lake.erasure.key import AUTHOR, TWEET, Key

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Forgotten:
    """The subjects of all requests up to one.

    An author's tweets are forgotten up to the request: what is written later is new data. Where it can't be told when a tweet was written, it is
    forgotten.
    """

    number: int = 0
    """How many subjects had been recorded; 0 where nothing was ever forgotten."""
    key: Key | None = None
    tweets: frozenset[bytes] = frozenset()
    authors: Mapping[bytes, int] = field(default_factory=dict)
    """Hash → the latest request, in microseconds since 1970."""
    request: str = ""
    """The latest request."""

    def __bool__(self) -> bool:
        return bool(self.tweets or self.authors)

    def are_tweets(self, ids: Sequence[int]) -> list[bool]:
        """For each id, whether it is a forgotten tweet's."""
        if self.key is None or not self.tweets:
            return [False] * len(ids)
        return [digest in self.tweets for digest in self.key.digests(TWEET, ids)]

    def until(self, authors: Sequence[int]) -> list[int | None]:
        """For each author, up to when what they wrote is forgotten (microseconds since 1970); None for others."""
        if self.key is None or not self.authors:
            return [None] * len(authors)
        return [self.authors.get(digest) for digest in self.key.digests(AUTHOR, authors)]

    def among(self, rows: pa.Table) -> Mask:
        """For each row, whether it is forgotten: columns tweet_id, author_id, created_at, kafka_timestamp and key, a rejected record's."""
        mask: Mask = np.zeros(rows.num_rows, np.bool_)
        if self.tweets:
            _mark(mask, rows["tweet_id"], self.are_tweets)
            if rows["key"].null_count < rows.num_rows:
                keys = [written_id(key) for key in rows["key"].to_pylist()]
                _mark(mask, pa.array(keys, pa.int64()), self.are_tweets)
        if self.authors:
            mask |= self._by_author(rows)
        return mask

    def _by_author(self, rows: pa.Table) -> Mask:
        mask: Mask = np.zeros(rows.num_rows, np.bool_)
        authors = pc.unique(rows["author_id"]).drop_null().to_pylist()
        created, arrived = microseconds(rows["created_at"]), microseconds(rows["kafka_timestamp"])
        for author, until in zip(authors, self.until(authors), strict=True):
            if until is not None:
                # Where a tweet has no time of its own, its Kafka time stands in.
                later = pc.and_(pc.greater(created, until), pc.not_equal(created, arrived))
                theirs = pc.fill_null(pc.equal(rows["author_id"], author), False)
                mask |= pc.and_not(theirs, pc.fill_null(later, False)).to_numpy(zero_copy_only=False)
        return mask


NOTHING = Forgotten()


def written_id(written: object) -> int | None:
    """An id as a record's key or JSON has it; None for what is none."""
    if isinstance(written, bytes | str):
        return decimal_id(written)
    if isinstance(written, int) and not isinstance(written, bool) and 0 < written <= LARGEST_ID:
        return written
    return None


def _mark(mask: Mask, ids: pa.Array | pa.ChunkedArray, asked: Callable[[list[int]], list[bool]]) -> None:
    """Set the rows whose id the question is true of."""
    there = np.flatnonzero(pc.is_valid(ids).to_numpy(zero_copy_only=False))
    mask[there] |= np.array(asked(pc.drop_null(ids).to_pylist()), np.bool_)


def microseconds(times: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Times as numbers, in microseconds since 1970."""
    return pc.cast(pc.cast(times, pa.timestamp("us", tz="UTC")), pa.int64())
