import subprocess
import sys
from collections import Counter

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from sentistream.errors import UserError
from sentistream.lake import queries
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine
from sentistream.lake.tables import SCORED
from tests.support.foreign_lake import foreign_lake
from tests.support.places import ROOT


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return foreign_lake(tmp_path_factory.mktemp("a lake"))


def refusal(lake: Lake, sql: str) -> str:
    with pytest.raises(UserError) as refused:
        engine.ask(lake, sql)
    assert refused.value.exit_code == 2
    return str(refused.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY scored_tweets TO '/tmp/copied.csv'",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "ATTACH '/tmp/other.db'",
        "INSTALL httpfs",
        "SELECT * FROM lake",
        "DELETE FROM scored_tweets",
    ],
)
def test_a_query_reads_the_tables_and_nothing_else(lake: Lake, sql: str) -> None:
    assert "DuckDB refuses the query" in refusal(lake, sql)


def test_what_goes_wrong_while_rows_are_read_is_said_too(lake: Lake) -> None:
    sql = "SELECT CASE WHEN i = 900000 THEN error('too far') ELSE i END AS i FROM range(1000000) AS r(i)"
    assert refusal(lake, sql) == "DuckDB refuses the query: Invalid Input Error: too far"
    assert refusal(lake, " -- nothing") == "The query asks for nothing: give a SELECT."


def test_a_table_that_is_not_there_yet_is_named_with_what_begins_it(lake: Lake) -> None:
    needs_gold = [name for name in queries.names() if "sentiment_per_minute" in queries.statement(name)]
    assert len(needs_gold) >= 5
    for name in needs_gold:
        assert refusal(lake, queries.statement(name)) == (
            "There is no gold/sentiment_per_minute yet: `sentistream tables` keeps it beside the stream "
            "(in containers `docker compose --profile tables up --wait`)."
        )
    assert "DuckDB refuses" in refusal(lake, "SELECT * FROM no_table")
    assert "syntax error" in refusal(lake, "SELEC * FROM sentiment_per_minute")
    assert "forget` begins it" in refusal(lake, "SELECT * FROM Forgotten")


@pytest.fixture(scope="module")
def of_many_files(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    for number in range(60):
        rows = pa.table(
            {"tweet_id": range(number * 2000, number * 2000 + 2000), "text": ["a tweet of some words"] * 2000}
        )
        write_deltalake(lake.location(SCORED), rows, mode="append")
    return lake


ENDING = """
import sys
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine
assert engine.ask(Lake(sys.argv[1]), "SELECT tweet_id, text FROM scored_tweets LIMIT 3").num_rows == 3
"""


@pytest.mark.parametrize("runs", [2, pytest.param(1000, marks=pytest.mark.long)])
def test_a_query_that_needs_no_more_rows_ends_in_order(of_many_files: Lake, runs: int) -> None:
    command = [sys.executable, "-c", ENDING, of_many_files.uri]
    ends = Counter(subprocess.run(command, cwd=ROOT, timeout=60).returncode for _ in range(runs))
    assert ends == {0: runs}
