import pytest

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine
from sentistream.lake.query.bounds import Bounds, QuerySettings
from tests.support.foreign_lake import FOREIGN, foreign_lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return foreign_lake(tmp_path_factory.mktemp("a lake"))


def refusal(lake: Lake, sql: str, bounds: Bounds) -> str:
    with pytest.raises(UserError) as refused:
        engine.ask(lake, sql, bounds=bounds)
    assert refused.value.exit_code == 2
    return str(refused.value)


@pytest.mark.parametrize(
    "sql",
    [
        # DuckDB counts this itself,
        "SELECT list(range) FROM range(100000000)",
        # and not what it hands over,
        "SELECT repeat('x', 1000000) || range FROM range(2000)",
        # nor what is one text.
        "SELECT repeat('x', 60000000)",
    ],
)
def test_a_query_over_its_memory_ends_in_one_sentence(lake: Lake, sql: str) -> None:
    assert refusal(lake, sql, Bounds(memory_mib=100)) == (
        "The query needs more memory than QUERY_MEMORY (100 MiB): ask for less at a time, or raise it."
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(1000000000000)",
        "SELECT * FROM range(1000000000000)",
        "PIVOT (SELECT range % 3 AS a, count(*) AS b FROM range(100000000000) GROUP BY 1) ON a USING sum(b)",
    ],
)
def test_a_query_over_its_time_ends_in_one_sentence(lake: Lake, sql: str) -> None:
    assert refusal(lake, sql, Bounds(seconds=0.2)) == (
        "The query takes longer than QUERY_SECONDS (0.2 s): ask for less at a time, or raise it."
    )


def test_an_answer_over_its_rows_is_cut_and_says_so(lake: Lake) -> None:
    for rows, is_cut in ((3, True), (len(FOREIGN), False), (None, False)):
        with engine.asked(lake, "SELECT text FROM scored_tweets", bounds=Bounds(rows=rows)) as answer:
            read = sum(batch.num_rows for batch in answer.batches)
        assert (read, answer.is_cut) == (rows or len(FOREIGN), is_cut)


def test_a_query_keeps_to_its_threads_and_to_memory_alone(lake: Lake) -> None:
    asked = "SELECT current_setting('threads') AS a, current_setting('temp_directory') AS b, current_setting('memory_limit') AS c"
    [row] = engine.ask(lake, asked, bounds=Bounds(memory_mib=1000, threads=1)).to_pylist()
    assert row == {"a": 1, "b": "", "c": "600.0 MiB"}


def test_the_settings_and_the_bounds_have_the_same_defaults() -> None:
    settings = QuerySettings.from_options()
    assert settings.bounds(on_terminal=False) == Bounds()
    assert settings.bounds(on_terminal=True) == Bounds(rows=10_000)
    as_docker = (("1073741824", 1024), ("1073741824b", 1024), ("1048576k", 1024), ("0.5g", 512), ("1.25g", 1280))
    for written, mib in (("300m", 300), ("1.5g", 1536), ("2GB", 2048), ("1000KB", 1), *as_docker):
        assert QuerySettings.from_options(query_memory=written).bounds(on_terminal=False).memory_mib == mib
    for refused in ("0g", "1", "1t", "-1g"):
        with pytest.raises(UserError, match="QUERY_MEMORY"):
            QuerySettings.from_options(query_memory=refused)
