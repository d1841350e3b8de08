import pytest

from sentistream.errors import UserError
from sentistream.lake import queries
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine
from tests.support.foreign_lake import foreign_lake


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
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT getenv('HOME')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM which_secret('s3://a', 's3')",
        "SELECT * FROM arrow_scan(1, 2, 3)",
        "SELECT * FROM enable_logging('QueryLog')",
        "SELECT * FROM query('FROM enable_logging()')",
        "EXPLAIN ANALYZE CALL enable_logging('QueryLog')",
        "EXPLAIN ANALYZE SET memory_limit = '100GB'",
        "EXPLAIN ANALYZE COPY scored_tweets TO '/tmp/copied.csv'",
        "SELECT * FROM lake",
    ],
)
def test_a_query_reads_the_tables_and_nothing_else(lake: Lake, sql: str) -> None:
    assert "DuckDB refuses the query" in refusal(lake, sql)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("COPY scored_tweets TO '/tmp/copied.csv'", "COPY"),
        ("SET enable_external_access = true", "SET"),
        ("SET memory_limit = '100GB'", "SET"),
        ("SET VARIABLE a = 1", "SET"),
        ("PRAGMA enable_profiling", "PRAGMA"),
        ("CALL enable_logging('QueryLog')", "CALL"),
        ("ATTACH '/tmp/other.db'", "ATTACH"),
        ("INSTALL httpfs", "LOAD"),
        ("LOAD json", "LOAD"),
        ("DELETE FROM scored_tweets", "DELETE"),
        ("CREATE TABLE a AS SELECT 1", "CREATE"),
        ("PREPARE a AS SELECT 1", "PREPARE"),
        ("BEGIN", "TRANSACTION"),
    ],
)
def test_what_is_no_question_is_refused_by_its_kind(lake: Lake, sql: str, kind: str) -> None:
    assert refusal(lake, sql).startswith(f"A query asks and changes nothing, and this is {kind}: give SELECT")


@pytest.mark.parametrize(
    "sql",
    [
        "FROM scored_tweets SELECT text;",
        "WITH a AS (SELECT text FROM scored_tweets) SELECT * FROM a -- all",
        "VALUES (1)",
        "PIVOT (SELECT text, 1 AS n FROM scored_tweets) ON text USING sum(n)",
        "SHOW TABLES",
        "DESCRIBE scored_tweets",
        "SUMMARIZE scored_tweets",
        "EXPLAIN ANALYZE SELECT count(*) FROM scored_tweets",
    ],
)
def test_a_question_is_answered_however_it_is_put(lake: Lake, sql: str) -> None:
    assert engine.ask(lake, sql).num_rows > 0


def test_what_goes_wrong_while_rows_are_read_is_said_too(lake: Lake) -> None:
    sql = "SELECT CASE WHEN i = 900000 THEN error('too far') ELSE i END AS i FROM range(1000000) AS r(i)"
    assert refusal(lake, sql) == "DuckDB refuses the query: Invalid Input Error: too far"
    for nothing in ("", " ", " -- nothing"):
        assert refusal(lake, nothing) == "The query asks for nothing: give a SELECT."
    assert refusal(lake, "SELECT 1; SET threads = 100") == "The query has 2 statements: give one."
    assert refusal(lake, "SELECT '\udc80'") == "The query is no UTF-8."


def test_a_table_that_is_not_there_yet_is_named_with_what_begins_it(lake: Lake) -> None:
    needs_gold = [name for name in queries.names() if "sentiment_per_minute" in queries.statement(name)]
    assert len(needs_gold) >= 5
    for name in needs_gold:
        assert refusal(lake, queries.statement(name)) == (
            "There is no gold/sentiment_per_minute yet: `sentistream tables` keeps it beside the stream "
            "(in containers the service `tables`)."
        )
    assert "DuckDB refuses" in refusal(lake, "SELECT * FROM no_table")
    assert "syntax error" in refusal(lake, "SELEC * FROM sentiment_per_minute")
    assert "forget` begins it" in refusal(lake, "SELECT * FROM Forgotten")
