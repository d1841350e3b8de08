"""The words of texts as 32-bit hashes, so that what is known can be told without keeping a word."""

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes = npt.NDArray[np.uint32]
NO_WORDS = r"(?:https?://|www\.)\S+|@\w+|&#?\w{1,10};|\\u[0-9a-f]{4}|\\[nrt]"
"""Links, names, entities and escapes: what stands in a text and is no word of it. RE2, over lower case."""
BETWEEN = r"[^\p{L}\p{M}]+"
"""Vowel signs belong to their word."""
SALT = b"sentistream/words/1"
HASH_BYTES = 4


def words(texts: pa.Array) -> tuple[npt.NDArray[np.int64], Hashes]:
    """Texts without nulls → of each word in all of them, the text's place and the word's hash."""
    bare = pc.replace_substring_regex(pc.utf8_lower(texts), NO_WORDS, " ")
    lists = pc.split_pattern_regex(bare, BETWEEN)
    flat, places = pc.list_flatten(lists), pc.list_parent_indices(lists)
    kept = pc.greater(pc.utf8_length(flat), 0)
    encoded = pc.dictionary_encode(flat.filter(kept))
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    hashes = hashed(encoded.dictionary.to_pylist())
    return places.filter(kept).to_numpy().astype(np.int64), hashes[encoded.indices.to_numpy().astype(np.int64)]


def hashed(of: list[str]) -> Hashes:
    """The hash of each word."""
    digests = (hashlib.blake2b(each.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES, key=SALT) for each in of)
    return np.frombuffer(b"".join(each.digest() for each in digests), "<u4").astype(np.uint32)


def among(hashes: Hashes, known: Hashes) -> npt.NDArray[np.bool_]:
    """Which of the hashes are among the known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(hashes), np.bool_)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.asarray(known[places] == hashes, np.bool_)
