from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentistream.contracts import tweet_text
from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS
from sentistream.scoring import texts

WORDS = ["I love it", None, "née 🎉"]


@pytest.mark.parametrize(
    "made",
    [
        list,
        tuple,
        iter,
        pd.Series,
        pl.Series,
        pa.array,
        lambda words: pa.array(words, pa.large_string()),
        lambda words: pa.array(words, pa.string_view()),
        lambda words: pa.array(words).dictionary_encode(),
        lambda words: pa.chunked_array([words[:1], words[1:]], pa.string()),
        lambda words: np.array(words, np.object_),
        lambda words: pd.Series(words, dtype="string"),
        lambda words: pd.Series(words, dtype="category"),
        lambda words: pd.Series(words, dtype=pd.ArrowDtype(pa.string())),
        lambda words: pd.Series(words).fillna(np.nan),
        lambda words: pd.Series([*words, "more"], index=[3, 2, 1, 0])[:3],
    ],
)
def test_any_column_of_texts_is_taken_and_what_is_missing_is_a_null(made: Callable[[Any], Any]) -> None:
    assert texts.column(made(WORDS)).equals(pa.array(WORDS, pa.large_string()))


@pytest.mark.parametrize("given", [[], [None], pd.Series([], dtype=object), pa.nulls(2)])
def test_a_column_without_a_text_is_one(given: Any) -> None:
    assert texts.column(given).null_count == len(given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("I love it", r"write \[text\] for one"),
        (b"I love it", r"write \[text\] for one"),
        ([1, 2], "this holds int64"),
        ([b"bytes"], "this holds binary"),
        (["I love it", 3], "no strings"),
        ({"text": "I love it"}, "this is dict"),
        ({"I love it", "I hate it"}, "this is set"),
        (3, "this is int"),
        (pd.DataFrame({"text": ["I love it"]}), "this is DataFrame"),
        (pl.DataFrame({"text": ["I love it"]}), "this is DataFrame"),
        (pa.table({"text": ["I love it"]}), "this is Table"),
        (np.array([["I love it"]]), "no strings"),
    ],
)
def test_what_holds_no_texts_is_refused_in_a_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        texts.column(given)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="half of a pair"):
        texts.column(["\ud83d"])


@given(st.lists(st.none() | st.text(st.sampled_from(" \t\n\x1c\x85\u2003\u200b\0aé月"), max_size=4), max_size=6))
def test_the_faults_of_a_column_are_those_of_its_texts(column: list[str | None]) -> None:
    expected = {row: text if text is None else tweet_text.fault(text) for row, text in enumerate(column)}
    found = texts.faults(pa.array(column, pa.large_string()))
    assert found == {row: each for row, each in expected.items() if each is not None or column[row] is None}


def test_a_text_is_too_long_by_its_characters() -> None:
    column = pa.array(["é" * MAX_TEXT_CHARACTERS, "a" * (MAX_TEXT_CHARACTERS + 1)], pa.large_string())
    assert {row: each and each.reason for row, each in texts.faults(column).items()} == {1: tweet_text.TOO_LONG}


def test_a_column_of_nothing_holds_no_text_whatever_its_type() -> None:
    assert len(texts.column(np.array([]))) == 0
