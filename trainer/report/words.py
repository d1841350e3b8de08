"""Words of the training rows and in how many of them they occur; no text is kept."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import LabelMap

NOT_SHOWN = r"(?:https?://|www\.)\S+|@\w+|&#?\w+;"
"""Links, names (they are a person's) and the remains of HTML."""
BETWEEN_WORDS = r"[^\p{L}\p{M}’']+"
CHUNK = 100_000
"""Rows at a time: some 50 megabytes of words."""


@dataclass(frozen=True)
class Word:
    """A word with the share of each class's training rows that hold it."""

    text: str
    rows: int
    shares: dict[str, float]


@dataclass(frozen=True)
class Words:
    """In how many training rows of each class a word occurs."""

    labels: tuple[str, ...]
    rows: dict[str, int]
    counts: dict[str, Counter[str]]

    def most_frequent(self, label: str, number: int) -> list[Word]:
        """By the class's own rows."""
        return [self._word(text) for text, _ in self.counts[label].most_common(number)]

    def most_typical(self, label: str, number: int) -> list[Word]:
        """By how much larger a share of the class's rows holds it than of all others together."""
        others = [each for each in self.labels if each != label]
        other_rows = max(sum(self.rows[each] for each in others), 1)

        def lead(text: str) -> tuple[float, str]:
            elsewhere = sum(self.counts[each][text] for each in others) / other_rows
            return -(self.counts[label][text] / max(self.rows[label], 1) - elsewhere), text

        return [self._word(text) for text in sorted(self.counts[label], key=lead)[:number]]

    def unseen_share(self, texts: pa.Array) -> npt.NDArray[np.float64]:
        """For each text, the share of its words that no training row holds: float64[texts]; 0 without words."""
        known = pa.array(sorted({word for counts in self.counts.values() for word in counts}), pa.string())
        each = words(texts)
        unknown = pc.invert(pc.is_in(each.flatten(), known)).to_numpy(zero_copy_only=False)
        row = pc.list_parent_indices(each).to_numpy(zero_copy_only=False)
        of = np.bincount(row, minlength=len(texts))
        return np.bincount(row, weights=unknown, minlength=len(texts)) / np.maximum(of, 1)

    def _word(self, text: str) -> Word:
        rows = {label: self.counts[label][text] for label in self.labels}
        return Word(text, sum(rows.values()), {each: n / max(self.rows[each], 1) for each, n in rows.items()})


def count(rows: pa.Table, labels: LabelMap) -> Words:
    """Count the words of rows with the columns text and label (a class index)."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in labels.names}
    of: dict[str, int] = {}
    for index, name in enumerate(labels.names):
        texts = rows.filter(pc.equal(rows["label"], float(index)))["text"]
        of[name] = len(texts)
        for chunk in _chunks(texts):
            found = words(chunk)
            pairs = pa.table({"row": pc.list_parent_indices(found), "word": found.flatten()})
            for each in pairs.group_by(["row", "word"]).aggregate([])["word"].value_counts().to_pylist():
                counts[name][each["values"]] += each["counts"]
    return Words(labels.names, of, counts)


def words(texts: pa.Array) -> pa.ListArray:
    """The words of each text in lower case: runs of letters of any script, without links and names."""
    bare = pc.replace_substring_regex(pc.utf8_lower(texts), NOT_SHOWN, " ")
    joined = pc.replace_substring_regex(bare, BETWEEN_WORDS, " ")
    split = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(joined))
    kept = pc.match_substring_regex(split.flatten(), r"\p{L}")
    pairs = pa.table({"row": pc.list_parent_indices(split).filter(kept), "word": split.flatten().filter(kept)})
    lengths = np.bincount(pairs["row"].to_numpy(), minlength=len(texts))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    return pa.ListArray.from_arrays(offsets, pairs["word"].combine_chunks())


def _chunks(texts: pa.ChunkedArray) -> Iterator[pa.Array]:
    for start in range(0, len(texts), CHUNK):
        chunk = texts.slice(start, CHUNK).combine_chunks()
        yield chunk.chunk(0) if isinstance(chunk, pa.ChunkedArray) else chunk
