"""A colleague's Spark session changes the scored table while it streams."""

import pytest
from pyspark.sql import SparkSession

from sentistream.errors import UserError
from sentistream.lake import doctor
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine
from sentistream.lake.tables import SCORED
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.commands import run_module
from tests.support.doctor import without_a_broker
from tests.support.lake_rows import TOPIC, batch

DELETE = "DELETE FROM {} WHERE tweet_id = 2"


def tweet(number: int) -> bytes:
    return b'{"data": {"id": "%d", "text": "tweet", "author_id": "%d"}}' % (number, number + 100)


def test_a_column_goes_on_a_rename_stops_and_what_is_there_is_still_read(spark: SparkSession, lake: Lake) -> None:
    table = lake.sql_name(SCORED)
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet(1), tweet(2)]))
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS (mine STRING AFTER text)")
    sink.append(batch([tweet(3)], start=2))
    assert lake.require(SCORED).to_pyarrow_table(columns=["mine"])["mine"].to_pylist() == [None] * 3
    properties = "'delta.columnMapping.mode' = 'name', 'delta.enableDeletionVectors' = 'true'"
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ({properties})")
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN author_id TO author")
    spark.sql(DELETE.format(table))
    with pytest.raises(UserError, match=r"author_id is called author; its columns are mapped; it has deletion vectors"):
        sink.append(batch([tweet(4)], start=3))
    broken = [each for each in doctor.examine(lake, without_a_broker(lake)) if each.verdict == "broken"]
    assert [(each.promise, each.subject) for each in broken] == [("declared features and columns", str(SCORED))]
    there = engine.ask(lake, "SELECT tweet_id, author FROM scored_tweets ORDER BY 1").to_pydict()
    assert there == {"tweet_id": [1, 3], "author": [101, 103]}
    key = {"LAKE_URI": lake.uri, "FORGET_KEY": "a key of the test's own"}
    forget = run_module("sentistream", "lake", "forget", "--author-id", "101", env=key)
    assert forget.returncode == 1
    assert forget.stderr.startswith(f"error: Another program changed {lake.location(SCORED)}: the column author_id")
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN author TO author_id")
    with pytest.raises(UserError, match=r"scored_tweets: its columns are mapped; it has deletion vectors"):
        LakeSink(lake, TOPIC)
