import pytest

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.expression import Call, Column, parse


def test_nested_calls_and_every_kind_of_literal_are_read() -> None:
    statement = (
        r"""SELECT *, regexp_replace(replace(`text`, '&quot;', '\"'), r"\s+(a|b)", "$1\n") AS `clean` FROM __THIS__"""
    )
    inner = Call("replace", (Column("text"), "&quot;", '"'))
    assert parse(statement) == ("clean", Call("regexp_replace", (inner, r"\s+(a|b)", "$1\n")))


def test_columns_are_joined() -> None:
    assert parse("select *, concat(words, words_2) AS grams from __THIS__") == (
        "grams",
        Call("concat", (Column("words"), Column("words_2"))),
    )


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT text FROM __THIS__",
        "SELECT *, upper(text) AS a, lower(text) AS b FROM __THIS__",
        "SELECT *, text || 'x' AS a FROM __THIS__",
        "SELECT *, f(text AS a FROM __THIS__",
        r"SELECT *, replace(text, '\u0041', 'b') AS a FROM __THIS__",
        "SELECT *, f( AS a FROM __THIS__",
    ],
)
def test_another_statement_is_refused(statement: str) -> None:
    with pytest.raises(CannotCompileError):
        parse(statement)
