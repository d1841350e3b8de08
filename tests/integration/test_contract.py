"""Older tables are migrated, newer ones refused."""

import contextlib
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake.schema import Field, PrimitiveType
from pyspark.sql import SparkSession

from sentistream.errors import UserError
from sentistream.lake import doctor, tables
from sentistream.lake.declared import contract
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create, migrate
from sentistream.lake.tables import PER_MINUTE, REJECTED, RETIRED, SCORED, TABLES, Table
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.gold import Gold
from tests.support.commands import run_module
from tests.support.doctor import without_a_broker
from tests.support.gold_rows import require_gold_is_silver
from tests.support.lake_rows import BAD, TOPIC, batch, column, tweet

PROPERTY = re.compile(r"  'sentistream.contract' = '\d',\n")


@pytest.fixture(scope="module")
def made(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables as they were made before they said a version, with rows."""
    lake = Lake.at(str(tmp_path_factory.mktemp("made") / "an old lake"))
    for table in (*TABLES, PER_MINUTE):
        statement = create.statement(lake, table)
        statement, found = PROPERTY.subn("", statement)
        assert found == 1
        spark.sql(statement)
    LakeSink(lake, TOPIC).append(batch([tweet(1), BAD, tweet(2)]))
    return Path(lake.uri)


@pytest.fixture
def old_lake(made: Path, tmp_path: Path) -> Lake:
    """A copy of them."""
    return Lake.at(str(shutil.copytree(made, tmp_path / "an old lake")))


@pytest.fixture
def next_contract(old_lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program whose contract is one version further than that of the lake."""
    folder = Path(shutil.copytree(tables.sql_folder(), tmp_path / "delta"))
    for table in (SCORED, PER_MINUTE):
        file = folder / "tables" / f"{table.name}.sql"
        rule = "'delta.constraints.mood_is_given' = 'mood IS NULL OR mood <> '''''"
        written = file.read_text().replace("'sentistream.contract' = '1'", f"'sentistream.contract' = '2',\n  {rule}")
        file.write_text(written.replace("  lang ", "  mood            STRING             COMMENT 'none',\n  lang ", 1))
        (folder / "migrations" / table.name / "2.sql").write_text(
            "-- A step as one may come.\n"
            "ALTER TABLE ${table} ADD COLUMNS (mood STRING COMMENT 'none');\n"
            "ALTER TABLE ${table} ADD CONSTRAINT mood_is_given CHECK (mood IS NULL OR mood <> '');\n"
            "ALTER TABLE ${table} SET TBLPROPERTIES ('sentistream.contract' = '2');\n"
        )
    monkeypatch.setattr(tables, "sql_folder", lambda: folder)


def versions(lake: Lake, *every: Table) -> list[int]:
    return [contract.kept(lake.require(table)) for table in every]


def test_an_old_lake_is_migrated_and_streams_on_without_losing_a_row(old_lake: Lake) -> None:
    every = (*TABLES, PER_MINUTE)
    assert versions(old_lake, *every) == [0, 0, 0]
    noted = [
        each for each in doctor.examine(old_lake, without_a_broker(old_lake)) if each.promise == "contract version"
    ]
    assert {each.verdict for each in noted} == {"noted"}
    migrate.bring_up(old_lake, TABLES)
    gold = Gold(old_lake)
    assert versions(old_lake, *every) == [1, 1, 1]
    before = old_lake.require(SCORED).version()
    migrate.bring_up(old_lake, TABLES)
    assert old_lake.require(SCORED).version() == before
    LakeSink(old_lake, TOPIC).append(batch([tweet(3), BAD], start=3))
    assert column(old_lake, SCORED, "tweet_id") == [1, 2, 3]
    assert column(old_lake, REJECTED, "offset") == [1, 4]
    gold.update()
    gold.finish()
    assert require_gold_is_silver(old_lake) == 3
    assert not doctor.any_broken(doctor.examine(old_lake, without_a_broker(old_lake)))
    engines = {str(each.get("engineInfo", ""))[:5] for each in old_lake.require(PER_MINUTE).history()}
    assert engines == {"Apach", "delta"}


@pytest.mark.usefixtures("next_contract")
def test_a_migration_that_was_killed_is_finished_by_the_next_start(
    old_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = migrate.apply
    for table in (SCORED, PER_MINUTE):
        for lasts in range(4):
            done: list[object] = []

            def dies(*arguments: object, done: list[object] = done, lasts: int = lasts) -> None:
                if len(done) == lasts:
                    raise KeyboardInterrupt
                done.append(arguments)
                real(*arguments)  # type: ignore[arg-type]  # passed through

            with monkeypatch.context() as patched:
                patched.setattr(migrate, "apply", dies)
                with contextlib.suppress(KeyboardInterrupt):
                    migrate.bring_up(old_lake, (table,))
        migrate.bring_up(old_lake, (table,))
        assert versions(old_lake, table) == [2]
        migrated = old_lake.require(table)
        assert [field.name for field in migrated.schema().fields].count("mood") == 1
        assert "delta.constraints.mood_is_given" in migrated.metadata().configuration
    LakeSink(old_lake, TOPIC).append(batch([tweet(3)], start=3))
    assert column(old_lake, SCORED, "tweet_id") == [1, 2, 3]


def test_a_newer_table_is_refused_and_left_as_it_is(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet(1)]))
    newer = lake.require(SCORED)
    newer.alter.set_table_properties({contract.PROPERTY: "2"}, raise_if_not_exists=False)
    for command in ("run", "tables"):
        refused = run_module(
            "stream_processor", command, env={"LAKE_URI": lake.uri, "KAFKA_BOOTSTRAP_SERVERS": "localhost:1"}
        )
        assert refused.returncode == 1
        assert "keeps version 2 of its contract, this program knows version 1" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert lake.require(SCORED).version() == newer.version()
    # Reading goes on, with a word.
    asked = run_module("sentistream", "lake", "query", "SELECT tweet_id FROM scored_tweets", "--lake-uri", lake.uri)
    assert asked.returncode == 0, asked.stderr
    assert "keeps version 2 of its contract" in asked.stderr
    findings = doctor.examine(lake, without_a_broker(lake))
    assert [each.subject for each in findings if each.verdict == "broken"] == ["silver/scored_tweets"]


def test_a_table_that_somebody_widened_still_takes_rows(spark: SparkSession, lake: Lake) -> None:
    for table in TABLES:
        lake.require(table).alter.add_columns([Field("mine", PrimitiveType("string"), nullable=True)])
    LakeSink(lake, TOPIC).append(batch([tweet(1), BAD]))
    Gold(lake)
    spark.sql(f"ALTER TABLE {lake.sql_name(PER_MINUTE)} ADD COLUMNS (mine STRING)")
    gold = Gold(lake)
    gold.update()
    gold.finish()
    assert require_gold_is_silver(lake) == 1
    rows = [lake.require(table).to_pyarrow_table().to_pylist() for table in (*TABLES, PER_MINUTE)]
    assert {row["mine"] for of_table in rows for row in of_table} == {None}


def test_a_foreign_column_that_must_be_filled_is_refused_in_a_sentence(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake.at(str(tmp_path / "a lake"))
    for table in TABLES:
        statement = create.statement(lake, table)
        spark.sql(statement.replace("  offset          BIGINT", "  mine STRING NOT NULL,\n  offset          BIGINT"))
    with pytest.raises(UserError, match=r"Another program changed .*: the column mine was added and may not be null"):
        LakeSink(lake, TOPIC).append(batch([tweet(1)]))
    untouched = lake.as_it_is(SCORED)
    assert untouched is not None
    assert untouched.version() == 0


@pytest.mark.parametrize("table", [PER_MINUTE, RETIRED])
def test_delta_rs_makes_of_a_tables_sql_what_spark_makes_of_it(
    spark: SparkSession, tmp_path: Path, table: Table
) -> None:
    ours = create.create(Lake.at(str(tmp_path / "ours")), table)
    lake = Lake.at(str(tmp_path / "sparks"))
    create.create_by_spark(spark, lake, (table,))
    theirs = lake.require(table)
    assert pa.schema(ours.schema().to_arrow()) == pa.schema(theirs.schema().to_arrow())
    # delta-rs takes these two for the protocol, and leaves them where they were.
    of_protocol = {"delta.minReaderVersion": "1", "delta.minWriterVersion": "3"}
    assert ours.metadata().configuration == theirs.metadata().configuration | of_protocol
    assert ours.metadata().partition_columns == theirs.metadata().partition_columns
    assert ours.protocol() == theirs.protocol()
