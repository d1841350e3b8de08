from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_service.explore.question import Question, Value

VALUES = (
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"))
    | st.sampled_from(["'", "''; DROP TABLE t; --", "$b", "\\", "\n"])
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.datetimes(datetime(1700, 1, 1), datetime(9000, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))
    | st.lists(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00")), min_size=1)
)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("SET TimeZone = 'UTC'")
    return made


@given(VALUES, VALUES)
def test_written_with_literals_a_question_gives_the_same(
    connection: duckdb.DuckDBPyConnection, a: Value, b: Value
) -> None:
    question = Question("SELECT $a AS a, $b AS b, $a AS again", {"a": a, "b": b, "unused": 1})
    bound = connection.execute(question.sql, question.bound).fetchall()
    assert connection.execute(question.written).fetchall() == bound


def test_a_time_of_any_zone_is_written_in_utc() -> None:
    moment = datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert Question("SELECT $at", {"at": moment}).written == "SELECT TIMESTAMPTZ '2026-01-02 01:00:00+00'"
