"""Versions that are small on the disk, or seem so, and large in memory, in time or in the cache."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.hostile.artefact import (
    CLASSIFIER,
    CLEAN,
    IDF,
    TOKENS,
    VOCABULARY,
    Row,
    without_checksum,
    write,
)
from tests.support.hostile.version import Draft, edited, registered
from tests.support.saved_pipelines import FEATURE, SavedStage

EQUAL_WORDS = 30_000_000
LONG_WORD_BYTES = 128 * 2**20
CLAIMED_FEATURES = 10**9
SMALL_FILES = 5_000
SPARSE_BYTES = 3 * 2**30
NESTED = 50
"""With more, a path is longer than any that is registered."""


def _replace_vocabulary(draft: Draft, vocabulary: pa.Array) -> Path:
    file = draft.artefact.data(VOCABULARY)
    without_checksum(file)
    pq.write_table(pa.table({"vocabulary": vocabulary}), file, write_statistics=False)
    return file


def _long_word() -> pa.Array:
    letters = pa.py_buffer(b"a" * LONG_WORD_BYTES)
    word = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, LONG_WORD_BYTES], np.int32)), letters)
    return pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), word)


@registered("thirty million equal words", says=r"stage 3 \(CountVectorizerModel\)")
def equal_words(draft: Draft) -> None:
    words = pa.DictionaryArray.from_arrays(np.zeros(EQUAL_WORDS, np.int32), pa.array(["good"]))
    _replace_vocabulary(draft, pa.ListArray.from_arrays(pa.array([0, EQUAL_WORDS], pa.int32()), words))


@registered("one word of 128 MiB", says=r"stage 3 \(CountVectorizerModel\)")
def long_word(draft: Draft) -> None:
    _replace_vocabulary(draft, _long_word())


@registered("a Parquet file that lies about its size", says=r"stage 3 \(CountVectorizerModel\)")
def lying_footer(draft: Draft) -> None:
    """The long word again; the footer says that it is short."""
    file = _replace_vocabulary(draft, _long_word())
    told = pq.read_metadata(file).row_group(0).column(0).total_uncompressed_size
    content = file.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    lie = _varint(1000, len(_varint(told)))
    file.write_bytes(content[:footer] + content[footer:].replace(_varint(told), lie))


def _varint(number: int, width: int = 0) -> bytes:
    """A signed number as Thrift's compact protocol writes it, padded to a width.

    https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
    """
    left, written = number << 1, bytearray()
    while left >= 0x80 or len(written) < width - 1:
        written.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*written, left])


@registered("a thousand million features that are claimed", says=r"stage 5 \(LogisticRegressionModel\)")
def claimed_features(draft: Draft) -> None:
    def claim(row: Row) -> None:
        nothing = {"colPtrs": [0, 0], "rowIndices": [], "values": []}
        row["numFeatures"] = CLAIMED_FEATURES
        row["coefficientMatrix"] = {
            "type": 0,
            "numRows": 1,
            "numCols": CLAIMED_FEATURES,
            "isTransposed": True,
            **nothing,
        }

    draft.artefact.edit_row(CLASSIFIER, claim)


@registered("a thousand million hash buckets", says=r"stage 3 \(HashingTF\)")
def claimed_buckets(draft: Draft) -> None:
    parameters = {"inputCol": "words_grams", "outputCol": "words_counts", "numFeatures": CLAIMED_FEATURES}
    draft.artefact.replace_stage(VOCABULARY, SavedStage(f"{FEATURE}.HashingTF", parameters))


@registered("an IDF of a thousand million entries", says=r"stage 4 \(IDFModel\)")
def claimed_idf(draft: Draft) -> None:
    vector = {"type": 0, "size": CLAIMED_FEATURES, "indices": [0], "values": [1.0]}
    draft.artefact.edit_row(IDF, lambda row: row.update(idf=vector))


@registered("metadata that unpacks to a gigabyte", says="metadata")
def packed_metadata(draft: Draft) -> None:
    """Spark's text reader unpacks by the file's name."""
    file = draft.artefact.metadata(CLEAN)
    without_checksum(file)
    file.unlink()
    write(file.with_suffix(".txt.gz"), gzip.compress(b" " * 2**20, 1) * 1024)


@registered("metadata nested a hundred thousand deep", says="metadata")
def nested_metadata(draft: Draft) -> None:
    write(draft.artefact.metadata(CLEAN), b'{"class":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


@registered("pipelines nested fifty deep", says="deep")
def nested_pipelines(draft: Draft) -> None:
    for _ in range(NESTED):
        draft.artefact.wrap()


@edited("five thousand small files", says="files")
def small_files(draft: Draft) -> None:
    folder = draft.artefact.pipeline / "small"
    folder.mkdir()
    for number in range(SMALL_FILES):
        (folder / str(number)).touch()


@edited("a file of three gigabytes without content", says="MiB|bytes")
def sparse_file(draft: Draft) -> None:
    with (draft.artefact.folder / "sparse").open("wb") as file:
        file.truncate(SPARSE_BYTES)


@registered("a pattern that backtracks for ever", says=r"stage 0 \(SQLTransformer\)")
def backtracking_pattern(draft: Draft) -> None:
    draft.artefact.state(r"SELECT *, regexp_replace(text, '(\\w+\\s*)+$', '') AS clean FROM __THIS__")


@registered("a tokeniser that backtracks for ever", says=r"stage 1 \(RegexTokenizer\)")
def backtracking_tokeniser(draft: Draft) -> None:
    draft.artefact.edit_metadata(TOKENS, lambda metadata: metadata["paramMap"].update(pattern="(a+)+$"))


@registered("a pattern of a thousand million states", says=r"stage 1 \(RegexTokenizer\)")
def repeated_pattern(draft: Draft) -> None:
    pattern = "((([a-z]{1,1000}){1,1000}){1,1000})"
    draft.artefact.edit_metadata(TOKENS, lambda metadata: metadata["paramMap"].update(pattern=pattern))


@registered("replacements that lengthen a text a million times", says=r"stage 0 \(SQLTransformer\)")
def lengthened_text(draft: Draft) -> None:
    expression = "text"
    for letter, next_letter in zip("abcdef", "bcdefg", strict=True):
        expression = f"replace({expression}, '{letter}', '{next_letter * 10}')"
    draft.artefact.state(f"SELECT *, {expression} AS clean FROM __THIS__")  # noqa: S608 - the attack


OF_FILES = (
    equal_words,
    long_word,
    lying_footer,
    claimed_features,
    claimed_buckets,
    claimed_idf,
    packed_metadata,
    nested_metadata,
    nested_pipelines,
    backtracking_pattern,
    backtracking_tokeniser,
    repeated_pattern,
    lengthened_text,
)
OF_THE_REGISTRY = (
    small_files,
    sparse_file,
)
