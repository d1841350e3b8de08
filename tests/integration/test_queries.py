import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from sentistream.lake import queries
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine
from sentistream.lake.tables import SCORED
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.gold import Gold
from tests.support.bronze_rows import write as write_bronze
from tests.support.commands import run_here, run_module
from tests.support.gold_rows import tweet_at
from tests.support.lake_rows import NOW, TOPIC, batch

Rows = list[tuple[Any, ...]]
TWEETS = 240
TEXTS = ("I LOVE music", "hate work", "happy; DROP TABLE scored_tweets --", "a day like 'others'", "love and hate")


def asked(lake: Lake, name: str) -> Rows:
    return [tuple(row.values()) for row in engine.ask(lake, queries.statement(name)).to_pylist()]


def asked_by_spark(spark: SparkSession, lake: Lake, name: str) -> Rows:
    table = spark.sql(queries.statement(name, lake)).toArrow()
    return [tuple(row.values()) for row in table.to_pylist()]


@pytest.fixture(scope="module")
def full_lake(spark: SparkSession, empty_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Three hours of tweets of two languages and three rules, scored by two versions, most of them labelled."""
    lake = Lake.at(str(shutil.copytree(empty_lake, tmp_path_factory.mktemp("full") / "a lake")))
    values = []
    for number in range(1, TWEETS + 1):
        moment = NOW - timedelta(seconds=45 * number)
        rules = tuple(rule for rule, every in (("a", 2), ("b", 3), ("c", 7)) if number % every == 0)
        values.append(tweet_at(number, moment.isoformat(), "en" if number % 4 else "de", rules))
    rows = batch(values)
    p = [(number * 37 % 100) / 100 for number in range(TWEETS)]
    replaced = {
        "text": pa.array([TEXTS[number % len(TEXTS)] for number in range(TWEETS)]),
        "p_positive": pa.array(p),
        "sentiment": pa.array(["positive" if each >= 0.6 else "negative" if each <= 0.4 else "neutral" for each in p]),
        "model_version": pa.array([1 + number % 2 for number in range(TWEETS)], pa.int32()),
        "label": pa.array([("positive", "negative", None)[number % 3] for number in range(TWEETS)]),
    }
    for name, column in replaced.items():
        rows = rows.set_column(rows.column_names.index(name), name, column)
    LakeSink(lake, TOPIC).append(rows)
    gold = Gold(lake)
    gold.update()
    gold.finish()
    write_bronze(lake, [0, 1, 5, 7], 9, [(2, 5), (6, 7), (8, 10)])
    return lake


def test_spark_and_duckdb_answer_every_query_alike(spark: SparkSession, full_lake: Lake) -> None:
    assert len(queries.names()) >= 8
    for name in queries.names():
        ours, sparks = asked(full_lake, name), asked_by_spark(spark, full_lake, name)
        assert len(ours) == len(sparks) > 0, name
        for one, other in zip(ours, sparks, strict=True):
            for cell, same in zip(one, other, strict=True):
                assert type(cell) is type(same), name
                assert cell == (pytest.approx(same, rel=1e-12, abs=1e-12) if isinstance(same, float) else same), name


def test_the_answers_are_those_counted_by_hand(full_lake: Lake) -> None:
    silver = full_lake.require(SCORED).to_pyarrow_table().to_pylist()

    def positive(rows: list[dict[str, Any]]) -> float:
        return sum(row["sentiment"] == "positive" for row in rows) / len(rows)

    german = [row for row in silver if row["lang"] == "de"]
    assert {row[0]: row[1:3] for row in asked(full_lake, "by_language")}["de"] == (len(german), positive(german))
    loving = [row for row in silver if "love" in row["text"].lower()]
    assert {row[0]: row[1:3] for row in asked(full_lake, "by_keyword")}["love"] == (len(loving), positive(loving))
    ruled = [row for row in silver if "b" in row["rules"]]
    assert {row[0]: row[1:3] for row in asked(full_lake, "by_rule")}["b"] == (len(ruled), positive(ruled))
    hours = asked(full_lake, "share_over_time")
    assert sum(row[1] for row in hours) == TWEETS
    assert hours[0][0] == datetime(2026, 1, 2, 0, tzinfo=UTC)
    at_two = [row for row in silver if row["created_at"].hour == 2]
    assert {row[0]: row[1] for row in asked(full_lake, "by_hour")}[2] == len(at_two)
    by_second = [row for row in silver if row["model_version"] == 2]
    labelled = sum(row["label"] is not None for row in by_second)
    second = asked(full_lake, "model_comparison")[1]
    assert second[1:5] == (2, TWEETS // 2, labelled, len(TEXTS))
    assert second[6] == pytest.approx(positive(by_second))
    wrong = [row for row in silver if {row["label"], row["sentiment"]} == {"positive", "negative"}]
    surest = max(wrong, key=lambda row: (abs(row["p_positive"] - 0.5), -row["tweet_id"]))
    errors = asked(full_lake, "confident_errors")
    assert errors[0][0] == surest["tweet_id"]
    # A text counts once, however many tweets have it.
    assert sorted(row[-1] for row in errors) == sorted({row["text"] for row in wrong})
    assert {row[-1]: row[-2] for row in errors} == Counter(row["text"] for row in wrong)
    assert asked(full_lake, "holes") == [("tweets", 0, 2, 4), ("tweets", 0, 6, 6)]
    moved = [row[4] for row in asked(full_lake, "biggest_movers")]
    assert [abs(each) for each in moved] == sorted((abs(each) for each in moved), reverse=True)


def test_a_query_is_asked_by_its_name(full_lake: Lake) -> None:
    run = run_module("sentistream", "lake", "query", "--named", "by_language", "--lake-uri", full_lake.uri)
    assert run.returncode == 0, run.stderr
    assert "positive_share" in run.stdout
    wrong = run_here("lake", "query", "--named", "by_moon", "--lake-uri", full_lake.uri)
    assert wrong.returncode == 2
    assert "the queries are" in wrong.stderr
    assert "by_language" in wrong.stderr
