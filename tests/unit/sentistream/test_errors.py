"""What is told of an error that is not meant for a person."""

import pytest

from sentistream.errors import full_stop, said


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            "An error occurred while calling o63.sql.\n: org.apache.spark.SparkException: Job aborted.\n\tat org.apache…\n"
            "Caused by: java.io.IOException: No space left on device\n\tat java.base/…\n",
            "java.io.IOException: No space left on device",
        ),
        (
            "An error occurred while calling o63.sql.\n: java.lang.IllegalStateException: stopped\n\tat org.apache…\n",
            "java.lang.IllegalStateException: stopped",
        ),
        ("[DELTA_TABLE_NOT_FOUND] There is none.\nJVM stacktrace:\n…", "[DELTA_TABLE_NOT_FOUND] There is none."),
        ("", "RuntimeError"),
    ],
)
def test_of_what_is_raised_one_line_is_told(raised: str, told: str) -> None:
    assert said(RuntimeError(raised)) == told


@pytest.mark.parametrize(
    ("quoting", "told"),
    [
        ("It is not run: a tree is too deep", "It is not run: a tree is too deep."),
        (
            "It is not run: either the file is corrupted or not a parquet file.",
            "It is not run: either the file is corrupted or not a parquet file.",
        ),
        ("X can't be reached: really?", "X can't be reached: really?"),
        ("It is none: cut short …", "It is none: cut short …"),
    ],
)
def test_a_sentence_that_quotes_one_at_its_end_has_one_full_stop(quoting: str, told: str) -> None:
    assert full_stop(quoting) == told
