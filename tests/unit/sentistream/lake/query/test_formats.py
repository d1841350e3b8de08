import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine, formats
from sentistream.lake.query.formats import Format
from tests.support.foreign_lake import FOREIGN, foreign_lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return foreign_lake(tmp_path_factory.mktemp("a lake"))


def written(lake: Lake, sql: str, form: Format) -> str:
    output = io.BytesIO()
    with engine.asked(lake, sql) as answer:
        formats.write(answer, form, output)
    return output.getvalue().decode()


def test_json_holds_each_value_with_all_its_digits(lake: Lake) -> None:
    rows = json.loads(written(lake, "SELECT * FROM scored_tweets ORDER BY tweet_id", Format.JSON))
    assert [row["text"] for row in rows] == FOREIGN
    assert rows[1] | {"text": ""} == {
        "tweet_id": 2**62 + 1,
        "text": "",
        "label": None,
        "p_positive": 0.1 * 3,
        "scored_at": "2026-01-02T03:04:05.12Z",
        "rules": ["a", "b"],
        "ingest_date": "2026-01-02",
    }
    # A sum of integers is wider than 64 bits.
    [total] = json.loads(written(lake, "SELECT sum(tweet_id) AS total FROM scored_tweets", Format.JSON))
    assert total == {"total": sum(2**62 + each for each in range(len(FOREIGN)))}
    assert json.loads(written(lake, "SELECT 1 AS a WHERE false", Format.JSON)) == []


def test_json_is_inert_on_a_terminal(lake: Lake) -> None:
    text = written(lake, "SELECT text FROM scored_tweets", Format.JSON)
    assert all(character.isprintable() or character == "\n" for character in text)


def test_no_spreadsheet_runs_a_tweet(lake: Lake) -> None:
    text = written(
        lake,
        'SELECT text, rules, tweet_id AS "=id", -p_positive AS p, label FROM scored_tweets ORDER BY tweet_id',
        Format.CSV,
    )
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["text", "rules", "'=id", "p", "label"]
    assert [row[0] for row in rows] == ["'=HYPERLINK(1)", "'@you hi", "'-5 of 10", *FOREIGN[3:]]
    assert rows[0][1:] == ['["a","b"]', str(2**62), str(-0.1 * 3), ""]
    values = csv.reader(io.StringIO(written(lake, "SELECT value FROM rejected_tweets ORDER BY value", Format.CSV)))
    assert [row[0] for row in values] == ["value", "'=1+1", "not \\xFF JSON\\x5C"]


def test_nothing_and_an_empty_text_differ_in_csv(lake: Lake) -> None:
    assert written(lake, "SELECT NULL::VARCHAR AS a, '' AS b", Format.CSV) == '"a","b"\n,""\n'


def test_a_file_holds_a_tables_cells_whole(lake: Lake) -> None:
    text = written(
        lake, "SELECT repeat('word ', 100) AS a, 0.123456789::DOUBLE AS b, * FROM scored_tweets LIMIT 1", Format.TABLE
    )
    assert ("word " * 100).strip() in text
    assert "0.123456789" in text
    assert "2026-01-02T03:04:05.12Z" in text
    assert "\x1b" not in written(lake, "SELECT text FROM scored_tweets", Format.TABLE)


class Screen(io.BytesIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_wide_row_upright_and_obeys_no_tweet(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for form in (Format.TABLE, Format.CSV):
        screen = Screen()
        with engine.asked(lake, "SELECT 0.00001::DOUBLE AS p, * FROM scored_tweets ORDER BY tweet_id") as answer:
            formats.write(answer, form, screen)
        shown = screen.getvalue().decode()
        assert "\x07" not in shown
        assert "\x1b[2J" not in shown
        assert "\u202e" not in shown
        if form is Format.TABLE:
            assert [line for line in shown.splitlines() if "HYPERLINK" in line and "text" in line]
            assert "1e-05" in shown
    with engine.asked(lake, "SELECT 1 AS a") as answer, pytest.raises(UserError, match="no text for a terminal"):
        formats.write(answer, Format.PARQUET, Screen())


def test_parquet_gives_back_what_it_was_given(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "answer.parquet"
    with engine.asked(lake, "SELECT * FROM scored_tweets ORDER BY tweet_id") as answer, file.open("wb") as output:
        formats.write(answer, Format.PARQUET, output)
    table = pq.ParquetFile(file).read()
    assert table["text"].to_pylist() == FOREIGN
    assert table.schema.field("scored_at").type == pa.timestamp("us", "UTC")


def test_columns_of_one_name_are_told_apart(lake: Lake) -> None:
    assert json.loads(written(lake, "SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a", Format.JSON)) == [
        {"a": 1, "a_2": 3, "a_3": 2, "a_4": 4}
    ]


def test_a_csvs_header_shows_what_a_tweet_would_hide(lake: Lake) -> None:
    sql = "PIVOT (SELECT text, 1 AS n FROM scored_tweets WHERE text LIKE '%gone%' OR text LIKE '%exe') ON text USING sum(n)"
    header = written(lake, sql, Format.CSV).splitlines()[0]
    assert sorted(next(csv.reader([header]))) == [r"\u202egnp.exe", r"\x1b[2Jgone\x07"]


@pytest.mark.parametrize("form", [Format.TABLE, Format.CSV, Format.JSON])
def test_a_date_that_nobody_can_hold_is_said_to_be_one(lake: Lake, form: Format) -> None:
    text = written(lake, "SELECT '-290000-01-01'::DATE AS a, '290000-01-01'::TIMESTAMP AS b", form)
    assert text.count("<value out of range: ") == 2


def test_what_a_form_can_not_hold_is_refused_in_a_sentence(lake: Lake) -> None:
    with pytest.raises(UserError, match="As csv a column of the answer can't be written"):
        written(lake, "SELECT union_value(a := 1) AS u, INTERVAL 1 day AS i FROM range(2)", Format.CSV)


@pytest.mark.parametrize(
    "refused", [MemoryError(), pa.ArrowMemoryError("malloc of size 512 failed")], ids=["Python", "Arrow"]
)
def test_memory_that_runs_out_while_an_answer_is_written_is_more_than_the_question_may_have(
    lake: Lake, refused: MemoryError
) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise refused

    with (
        pytest.raises(UserError, match="needs more memory than QUERY_MEMORY"),
        engine.asked(lake, "SELECT 1") as answer,
    ):
        formats.write(answer, Format.JSON, Full())
