from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sentistream import open_lake
from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.notebook.tables import OpenLake
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.foreign_lake import FOREIGN, foreign_lake
from tests.support.lake_rows import BAD, NOW, TOPIC, batch, empty_lake

HOUR = timedelta(hours=1)


def tweet(number: int, lang: str | None) -> bytes:
    data = {"id": str(number), "text": f"tweet {number}", "created_at": (NOW - number * HOUR).isoformat()}
    return orjson.dumps({"data": data | ({"lang": lang} if lang else {})})


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Tweets 1 to 4, each an hour older than the one before, in two commits, and one that is none."""
    lake = empty_lake(tmp_path_factory.mktemp("lake"))
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet(1, "en"), tweet(2, "de"), BAD]))
    sink.append(batch([tweet(3, "en"), tweet(4, None)], start=3))
    return lake


@pytest.fixture
def opened(filled: Lake) -> OpenLake:
    return open_lake(filled.uri)


def ids(rows: object) -> list[object]:
    return sorted(each for found in rows for each in found["tweet_id"].to_pylist())  # type: ignore[attr-defined]


def test_the_scored_tweets_come_as_arrow_batches(opened: OpenLake, filled: Lake) -> None:
    rows = opened.scored()
    assert all(isinstance(each, pa.RecordBatch) for each in rows)
    assert ids(rows) == ids(rows) == [1, 2, 3, 4]
    assert (
        rows.to_arrow()
        .sort_by("tweet_id")
        .equals(filled.require(rows.table).to_pyarrow_table().sort_by("tweet_id").cast(rows.schema))
    )


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (NOW - 2 * HOUR, None, [1, 2]),
        (None, NOW - 2 * HOUR, [3, 4]),
        ((NOW - 3 * HOUR).isoformat(), (NOW - HOUR).replace(tzinfo=None), [2, 3]),
        (date(2026, 1, 2), None, [1, 2, 3]),
        (date(2026, 1, 3), None, []),
    ],
)
def test_a_time_is_its_first_moment_and_not_its_last(
    opened: OpenLake, since: str | None, until: datetime | None, found: list[int]
) -> None:
    assert ids(opened.scored(since, until)) == found


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"lang": "en"}, [1, 3]),
        ({"lang": ["de", "und"]}, [2, 4]),
        ({"lang": "en", "tweet_id": {1, 2}}, [1]),
        ({"author_id": None}, [1, 2, 3, 4]),
        ({"author_id": [None, 7]}, [1, 2, 3, 4]),
        ({"author_id": 7}, []),
        ({"lang": "en' OR '1' = '1"}, []),
        (pc.field("tweet_id") > 2, [3, 4]),
    ],
)
def test_rows_are_chosen_by_values(opened: OpenLake, where: object, found: list[int]) -> None:
    assert ids(opened.scored(where=where)) == found  # type: ignore[arg-type]  # of each kind
    assert ids(opened.table("scored_tweets", where=where)) == found  # type: ignore[arg-type]


def test_text_is_no_condition(opened: OpenLake) -> None:
    with pytest.raises(TypeError, match="`ask` takes SQL"):
        opened.scored(where="lang = 'en'")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"where": {"language": "en"}}, "There is no column language: tweet_id"),
        ({"where": {"tweet_id": "one"}}, "The column tweet_id holds int64"),
        ({"where": pc.field("language") == "en"}, "language"),
        ({"where": pc.field("text") > 3}, "can't be read so"),
        ({"columns": ["tweet_id", "body"]}, "has no column body"),
        ({"since": "yesterday"}, "as ISO 8601"),
        ({"since": NOW, "until": NOW}, "must be after the start"),
        ({"at": 99}, "there is no version 99"),
    ],
)
def test_what_can_not_be_asked_is_refused_in_a_sentence(
    opened: OpenLake, given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        opened.scored(**given).to_arrow()  # type: ignore[arg-type]


def test_pandas_polars_and_duckdb_take_them(opened: OpenLake) -> None:
    rows = opened.scored(where={"lang": "en"}, columns=["tweet_id", "created_at"])
    frame = rows.to_pandas().sort_values("tweet_id")
    assert frame["tweet_id"].tolist() == [1, 3]
    assert frame["created_at"].iloc[0] == NOW - HOUR
    assert sorted(rows.to_polars()["tweet_id"]) == sorted(polars.DataFrame(rows)["tweet_id"]) == [1, 3]
    assert duckdb.sql("SELECT sum(tweet_id) FROM rows").fetchall() == [(4,)]


def test_every_table_can_be_had_by_its_name_and_as_it_was(opened: OpenLake, filled: Lake) -> None:
    assert set(opened.tables) == {"scored_tweets", "rejected_tweets"}
    assert opened.table("rejected_tweets").to_arrow()["reason"].to_pylist() == ["invalid_json"]
    newest = filled.require(opened.scored().table).version()
    assert ids(opened.scored(at=newest - 1)) == [1, 2]
    assert ids(opened.scored(at=datetime.now(UTC))) == [1, 2, 3, 4]
    with pytest.raises(UserError, match="There is no table tweets: raw_tweets"):
        opened.table("tweets")


def test_a_question_in_sql_is_asked_in_the_box(opened: OpenLake) -> None:
    assert opened.ask("SELECT count(*) n FROM scored_tweets WHERE lang = 'en'")["n"].to_pylist() == [2]
    with pytest.raises(UserError, match="DuckDB refuses"):
        opened.ask("SELECT * FROM read_text('/etc/passwd')")


def test_what_is_larger_than_the_memory_it_may_have_is_refused(
    filled: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUERY_MEMORY", "1m")
    lake = empty_lake(tmp_path)
    long = [
        orjson.dumps({"data": {"id": str(number), "text": f"{number} " + "long " * 4000}}) for number in range(1, 80)
    ]
    LakeSink(lake, TOPIC).append(batch(long))
    rows = open_lake(lake.uri).scored()
    with pytest.raises(UserError, match="larger than 1 MiB"):
        rows.to_arrow()
    with pytest.raises(UserError, match="QUERY_MEMORY"):
        rows.to_pandas()
    assert len(ids(rows)) == 79


def test_what_takes_longer_than_it_may_is_refused(filled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERY_SECONDS", "0.000001")
    with pytest.raises(UserError, match="QUERY_SECONDS"):
        list(open_lake(filled.uri).scored())


def test_a_lake_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no processor has run"):
        open_lake(str(tmp_path / "lake"))
    assert not (tmp_path / "lake").exists()


def test_what_another_program_changed_is_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Another program changed"):
        found = open_lake(foreign_lake(tmp_path).uri).scored(columns=["text"])
    assert found.to_arrow()["text"].to_pylist() == FOREIGN
