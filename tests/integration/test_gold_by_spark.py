"""Gold by two engines: Spark gives the same rows from the same SQL, and gold that Delta-Spark wrote goes on."""

import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from sentistream.lake import doctor, per_minute
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import retention, rollup
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import PER_MINUTE, RETIRED, SCORED
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.by_spark import BySpark
from stream_processor.tables.gold import Gold, recorded_version
from tests.support.doctor import without_a_broker
from tests.support.gold_rows import gold_of, tweet_at
from tests.support.lake_rows import NOW, TOPIC, batch, empty_lake

FIRST = datetime(2026, 1, 2, 1, tzinfo=UTC)
TWEETS = 300
Row = tuple[object, ...]


@pytest.fixture
def filled(tmp_path: Path) -> Lake:
    """Tweets with every kind of rules and scores; those of a day before are retired, some of them in the same minutes."""
    lake = empty_lake(tmp_path / "a lake")
    draw = random.Random(4)  # noqa: S311 - repeatable on purpose
    sink = LakeSink(lake, TOPIC)
    for start, arrived in ((0, NOW - timedelta(days=1)), (TWEETS, NOW)):
        values = []
        for number in range(start, start + TWEETS):
            moment = FIRST + timedelta(seconds=draw.randrange(0, 1200), microseconds=draw.randrange(1_000_000))
            rules = tuple(draw.choices(("a", "b", "*", "ein 'Wort'"), k=draw.randrange(4)))
            values.append(tweet_at(number + 1, moment.isoformat(), draw.choice(("en", "de", "und")), rules))
        rows = batch(values, start, arrived=arrived)
        p = [draw.random() for _ in values]
        words = [draw.choice(("negative", "neutral", "positive")) for _ in values]
        for name, column in (("p_positive", p), ("sentiment", words)):
            rows = rows.set_column(rows.column_names.index(name), name, pa.array(column))
        sink.append(rows)
    assert retention.retire_scored(lake, NOW.date()).rows == TWEETS
    return lake


def ordered(rows: list[dict[str, object]]) -> list[Row]:
    names = ("window_start", "lang", "rule", "tweets", "negative", "neutral", "positive")
    floats = ("sum_p_positive", "mean_p_positive")
    found = [(*(row[name] for name in (*names, "window_date")), *(row[name] for name in floats)) for row in rows]
    return sorted(found, key=lambda row: tuple(map(str, row[:3])))


def test_three_engines_give_the_same_rows_from_the_same_sql(spark: SparkSession, filled: Lake) -> None:
    silver, retired = filled.require(SCORED), filled.require(RETIRED)
    in_force = rollup.in_force(retired, silver)
    ours = ordered(per_minute.counted(silver, "true", retired, in_force).read_all().to_pylist())
    assert sum(row[3] for row in ours if row[2] == "*") == 2 * TWEETS  # type: ignore[misc]  # a number
    for table in (SCORED, RETIRED):
        spark.read.format("delta").load(filled.location(table)).createOrReplaceTempView(table.name)
    by_spark = spark.sql(per_minute.statement().replace("unnest(", "explode(")).toArrow().to_pylist()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in (SCORED, RETIRED):
            connection.register(table.name, filled.require(table).to_pyarrow_dataset())
        by_duckdb = connection.sql(per_minute.statement()).to_arrow_table().to_pylist()
    for theirs in (ordered(by_spark), ordered(by_duckdb)):
        assert [row[:8] for row in theirs] == [row[:8] for row in ours]
        assert [row[8:] for row in theirs] == [pytest.approx(row[8:], rel=1e-9) for row in ours]


def test_all_of_gold_is_counted_on_a_cluster_and_committed_by_delta_rs(spark: SparkSession, filled: Lake) -> None:
    gold = Gold(filled)
    try:
        remade = gold.remake(BySpark(spark, filled).count)
        assert remade is not None
        assert gold.update() is None
        by_spark = gold_of(filled)
        # The same of all time, by delta-rs.
        shutil.rmtree(filled.location(PER_MINUTE))
        again = Gold(filled)
        again.update()
        again.finish()
    finally:
        gold.finish()
    assert recorded_version(filled.require(PER_MINUTE), filled.require(SCORED)) == remade.version
    ours = gold_of(filled)
    assert by_spark.keys() == ours.keys()
    assert all(by_spark[key][0] == ours[key][0] for key in ours)
    assert all(by_spark[key][1] == pytest.approx(ours[key][1], rel=1e-9) for key in ours)


def test_gold_that_delta_spark_wrote_goes_on_by_itself(spark: SparkSession, filled: Lake) -> None:
    create_by_spark(spark, filled, (PER_MINUTE,))
    silver = filled.require(SCORED)
    for table in (SCORED, RETIRED):
        spark.read.format("delta").load(filled.location(table)).createOrReplaceTempView(table.name)
    made = spark.sql(per_minute.statement().replace("unnest(", "explode(")).drop("sum_p_positive")
    # As the version before committed it.
    writer = made.repartition("window_date").write.format("delta").mode("overwrite")
    app_id = f"{SCORED}/{silver.metadata().id}"
    writer = writer.option("txnAppId", app_id).option("txnVersion", str(silver.version()))
    writer.option("userMetadata", '{"silver_version": 0}').save(filled.location(PER_MINUTE))
    before = filled.require(PER_MINUTE)
    assert recorded_version(before, silver) == silver.version()
    gold = Gold(filled)
    try:
        assert gold.update() is None
        # A minute of which a part was retired, one that Delta-Spark wrote, and one of its own.
        moments = (FIRST + timedelta(minutes=2), FIRST + timedelta(minutes=3), FIRST + timedelta(hours=2))
        values = [tweet_at(1000 + number, moment.isoformat()) for number, moment in enumerate(moments)]
        LakeSink(filled, TOPIC).append(batch(values, 2 * TWEETS))
        update = gold.update()
    finally:
        gold.finish()
    assert update is not None
    assert update.minutes == 3
    after = filled.require(PER_MINUTE)
    assert after.protocol() == before.protocol()
    assert recorded_version(after, filled.require(SCORED)) == update.version
    assert {str(each.get("engineInfo", ""))[:5] for each in after.history()} == {"Apach", "delta"}
    findings = doctor.examine(filled, without_a_broker(filled))
    assert not doctor.any_broken(findings), findings
    assert any(f"{2 * TWEETS + 3} tweets in gold" in each.found for each in findings)
    read_by_spark = spark.read.format("delta").load(filled.location(PER_MINUTE)).where("rule = '*'").collect()
    assert sum(row["tweets"] for row in read_by_spark) == 2 * TWEETS + 3
