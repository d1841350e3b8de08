import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.transaction import AddAction
from prometheus_client.parser import text_string_to_metric_families
from pyspark.sql import SparkSession

from sentistream.kafka import topic
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.lake import doctor, transactions
from sentistream.lake.doctor import Finding, Verdict
from sentistream.lake.doctor.files import LATE_SECONDS
from sentistream.lake.doctor.fits import PROMISE as FITS
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import late_duplicates
from sentistream.lake.schema.create import create_by_spark
from sentistream.lake.tables import PER_MINUTE, RAW, REJECTED, SCORED
from sentistream.settings import DoctorSettings, KafkaSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.bronze import Bronze
from stream_processor.tables.gold import Gold
from stream_processor.tables.health import Health
from tests.support.commands import run_module
from tests.support.doctor import without_a_broker
from tests.support.gold_rows import tweet_at
from tests.support.lake_rows import BAD, TOPIC, batch
from tests.support.object_store import copied
from tests.support.topic_records import send

on_both = pytest.mark.parametrize("full_lake", ["disk", "S3"], indirect=True)
NO_TWEET = b'{"data": {"text": "without an id"}}'


@pytest.fixture(scope="module")
def made(
    spark: SparkSession, broker: EmbeddedBroker, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, KafkaSettings]:
    """Every table, filled from one topic: tweets, duplicates and records that are none."""
    kafka = KafkaSettings.from_options(kafka_bootstrap_servers=broker.bootstrap_servers, kafka_topic="examined")
    found = topic.ensure(kafka)
    folder = tmp_path_factory.mktemp("made") / "a lake"
    lake = Lake.at(str(folder))
    create_by_spark(spark, lake)
    values = [tweet_at(n + 1, f"2026-01-02T02:{n:02d}:00Z", rules=("a", "b")[: n % 3]) for n in range(40)]
    # Repeats are the same tweet: which of two partitions is read first says nothing about what is scored.
    send(kafka, *values, *values[:20], BAD, BAD, NO_TWEET)
    bronze = Bronze(kafka, lake)
    bronze.update()
    bronze.finish()
    raw = lake.require(RAW).to_pyarrow_table().sort_by("offset").to_pylist()
    sink = LakeSink(lake, found)
    for number in found.partitions:
        rows = [row["value"] for row in raw if row["partition"] == number]
        for start in range(0, len(rows), 20):
            sink.append(batch(rows[start : start + 20], start, number, found.name))
    refresh(spark, lake)
    return folder, kafka


@pytest.fixture
def full_lake(made: tuple[Path, KafkaSettings], tmp_path: Path, request: pytest.FixtureRequest) -> Lake:
    """A copy of it, to be spoilt: on the disk, or on an object store."""
    if getattr(request, "param", "disk") == "S3":
        return copied(made[0], request.getfixturevalue("bucket"))
    return Lake.at(str(shutil.copytree(made[0], tmp_path / "a copy")))


@pytest.fixture
def settings(made: tuple[Path, KafkaSettings], full_lake: Lake) -> DoctorSettings:
    servers, name = made[1].kafka_bootstrap_servers, made[1].kafka_topic
    return DoctorSettings.from_options(lake_uri=full_lake.uri, kafka_bootstrap_servers=servers, kafka_topic=name)


def refresh(spark: SparkSession, lake: Lake) -> None:
    Health(lake).update()
    gold = Gold(lake)
    gold.update()
    gold.finish()


def broken(settings: DoctorSettings) -> dict[str, str]:
    """Promise → what was found, for those that are broken."""
    return {
        each.promise: each.found
        for each in doctor.examine(Lake.at(settings.lake_uri), settings)
        if each.verdict is Verdict.BROKEN
    }


def of(findings: list[Finding], promise: str) -> Iterator[Finding]:
    found = [each for each in findings if each.promise == promise]
    assert found
    return iter(found)


def smuggle(table: DeltaTable, rows: pa.Table, partition: str) -> None:
    """Commit a file as no engine would that looks at the constraints."""
    name = f"ingest_date={partition}/smuggled.parquet"
    file = Path(unquote(table.table_uri.removeprefix("file://"))) / name
    pq.write_table(rows.drop_columns(["ingest_date"]), file)
    add = AddAction(name, file.stat().st_size, {"ingest_date": partition}, int(time.time() * 1000), True, "{}")
    table.create_write_transaction([add], mode="append", schema=table.schema(), partition_by=["ingest_date"])


@on_both
def test_every_promise_of_a_sound_lake_is_kept(full_lake: Lake, settings: DoctorSettings) -> None:
    findings = doctor.examine(full_lake, settings)
    # Its version has no profile.
    assert [each.found for each in of(findings, FITS) if "not to be judged" in each.found]
    assert {each.verdict for each in findings if each.promise != FITS} == {Verdict.KEPT}
    assert {each.subject for each in of(findings, "constraints hold")} == {
        "bronze/raw_tweets",
        "bronze/rejected_tweets",
        "silver/scored_tweets",
        "gold/sentiment_per_minute",
        "gold/model_health",
    }
    assert len(list(of(findings, "every record accounted for"))) == 2
    assert len(list(of(findings, "bronze is complete"))) == 2
    assert all(
        "0 to be scored, 0 to be copied" in each.found for each in of(findings, "Kafka holds what the tables end with")
    )


def test_it_says_so_where_it_can_not_look(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet_at(1, "2026-01-02T02:00:00Z"), BAD]))
    findings = doctor.examine(lake, without_a_broker(lake))
    skipped = {each.promise for each in findings if each.verdict is Verdict.SKIPPED}
    assert skipped == {"bronze is complete", "gold = silver", "Kafka holds what the tables end with", FITS}
    assert not doctor.any_broken(findings)


@on_both
def test_a_lost_scored_row_is_found(full_lake: Lake, settings: DoctorSettings) -> None:
    full_lake.require(SCORED).delete("tweet_id = 7")
    found = broken(settings)
    assert found.keys() == {"scored rows are there"}
    assert "39 rows, 40 were scored, 0 removed later" in found["scored rows are there"]


def test_a_scored_row_that_is_there_twice_is_found(
    spark: SparkSession, full_lake: Lake, settings: DoctorSettings
) -> None:
    table = full_lake.require(SCORED)
    write_deltalake(table, table.to_pyarrow_table().slice(0, 1), mode="append")
    assert broken(settings).keys() == {"scored rows are there"}
    refresh(spark, full_lake)
    assert broken(settings).keys() == {"scored rows are there"}


def test_a_lost_rejected_row_is_found(full_lake: Lake, settings: DoctorSettings) -> None:
    full_lake.require(REJECTED).delete("reason = 'missing_id'")
    assert broken(settings).keys() == {"rejected rows are there"}


@pytest.mark.parametrize("moved", [False, True])
def test_a_hole_in_bronze_is_found(full_lake: Lake, settings: DoctorSettings, moved: bool) -> None:
    raw = full_lake.require(RAW)
    if moved:
        raw.update(updates={"offset": "2"}, predicate="offset = 3")
    else:
        raw.delete("offset = 3")
    assert broken(settings).keys() == {"bronze is complete"}


def test_totals_that_do_not_add_up_are_found(full_lake: Lake, settings: DoctorSettings) -> None:
    table = full_lake.require(SCORED)
    [app_id] = [each for each in transactions.of(table) if each.endswith("/0/duplicates")]
    more = Transaction(app_id, (table.transaction_version(app_id) or 0) + 1)
    nothing = table.to_pyarrow_table().slice(0, 0)
    write_deltalake(table, nothing, mode="append", commit_properties=CommitProperties(app_transactions=[more]))
    assert broken(settings).keys() == {"every record accounted for"}


def test_a_wrong_row_of_gold_is_found(full_lake: Lake, settings: DoctorSettings) -> None:
    wrong = {"positive": "positive - 1", "neutral": "neutral + 1"}
    full_lake.require(PER_MINUTE).update(wrong, predicate="rule = 'a' AND date_part('minute', window_start) = 1")
    found = broken(settings)
    assert found.keys() == {"gold = silver"}
    assert "1 rows differ" in found["gold = silver"]


def test_gold_is_compared_with_the_version_that_it_was_made_from(
    spark: SparkSession, full_lake: Lake, settings: DoctorSettings
) -> None:
    other = LakeSink(full_lake, TOPIC)
    other.append(batch([tweet_at(1000, "2026-01-02T02:00:00Z")]))
    [found] = of(doctor.examine(full_lake, settings), "gold = silver")
    assert found.verdict is Verdict.KEPT
    assert "40 tweets in gold, 40 in silver's version" in found.found


def test_rows_that_violate_the_contract_are_found(full_lake: Lake, settings: DoctorSettings) -> None:
    table = full_lake.require(REJECTED)
    rows = table.to_pyarrow_table().slice(0, 1)
    for name, value in (("reason", ""), ("detail", None)):
        at = rows.column_names.index(name)
        rows = rows.set_column(at, name, pa.array([value], rows.schema.field(name).type))
    smuggle(table, rows, str(rows["ingest_date"][0].as_py()))
    found = broken(settings)
    assert "1 rows violate reason_is_given" in found["constraints hold"]
    assert "1 rows violate detail is not null" in found["constraints hold"]


def test_a_file_that_is_gone_is_found(full_lake: Lake, settings: DoctorSettings) -> None:
    table = full_lake.require(REJECTED)
    file = Path(unquote(table.file_uris()[0].removeprefix("file://")))
    file.write_bytes(file.read_bytes() + b"x")
    assert "1 have another size" in broken(settings)["files are there"]
    file.unlink()
    findings = doctor.examine(full_lake, settings)
    assert "1 are missing" in broken(settings)["files are there"]
    assert "bronze/rejected_tweets" in {each.subject for each in findings if each.verdict is Verdict.SKIPPED}


def test_a_damaged_file_of_the_right_size_is_a_finding(full_lake: Lake, settings: DoctorSettings) -> None:
    file = Path(unquote(full_lake.require(SCORED).file_uris()[0].removeprefix("file://")))
    file.write_bytes(b"x" * file.stat().st_size)
    findings = [each for each in doctor.examine(Lake.at(settings.lake_uri), settings) if each.verdict is Verdict.BROKEN]
    assert {each.promise for each in findings} == {"files can be read"}
    assert "silver/scored_tweets" in {each.subject for each in findings}


def test_files_that_nobody_names_are_noted(full_lake: Lake, settings: DoctorSettings) -> None:
    folder = Path(full_lake.location(SCORED)) / "ingest_date=2026-01-02"
    stray = folder / "part-of-a-killed-commit.parquet"
    stray.write_bytes(b"x" * 10)
    assert all(each.verdict is Verdict.KEPT for each in of(doctor.examine(full_lake, settings), "no orphan files"))
    long_ago = time.time() - LATE_SECONDS - 60
    os.utime(stray, (long_ago, long_ago))
    noted = [
        each for each in of(doctor.examine(full_lake, settings), "no orphan files") if each.verdict is Verdict.NOTED
    ]
    assert [(each.subject, each.found[:17]) for each in noted] == [("silver/scored_tweets", "1 files, 10 bytes")]


def test_rows_that_were_removed_and_counted_are_not_missed(spark: SparkSession, lake: Lake) -> None:
    # A window of nothing stands for one that has passed.
    for start in (0, 2):
        values = [tweet_at(1, f"2026-01-02T02:0{start}:00Z"), tweet_at(start + 2, "2026-01-02T02:00:00Z")]
        LakeSink(lake, TOPIC, timedelta(0)).append(batch(values, start))
    assert late_duplicates.remove(lake, lake.require(SCORED)).rows == 1
    refresh(spark, lake)
    findings = doctor.examine(lake, without_a_broker(lake))
    assert not doctor.any_broken(findings)
    [there] = of(findings, "scored rows are there")
    assert there.found == "3 rows, 4 were scored, 1 removed later"


def test_transactions_are_read_from_checkpoints_too(full_lake: Lake) -> None:
    table = full_lake.require(SCORED)
    before = transactions.of(table)
    assert all(table.transaction_version(app_id) == version for app_id, version in before.items())
    assert len(before) == 1 + 2 * 8
    table.create_checkpoint()
    table.delete("tweet_id = 1", commit_properties=CommitProperties(app_transactions=[Transaction("one/removed", 1)]))
    assert transactions.of(table) == before | {"one/removed": 1}
    assert transactions.of(DeltaTable(table.table_uri, version=table.version() - 1)) == before


def test_the_command_ends_with_1_only_where_a_promise_is_broken(
    full_lake: Lake, settings: DoctorSettings, tmp_path: Path
) -> None:
    servers, name = settings.kafka_bootstrap_servers, settings.kafka_topic
    env = {"KAFKA_BOOTSTRAP_SERVERS": servers, "KAFKA_TOPIC": name, "COLUMNS": "200"}
    sound = run_module("sentistream", "lake", "doctor", "--lake-uri", full_lake.uri, env=env)
    assert sound.returncode == 0, sound.stderr
    assert "every record accounted for" in sound.stdout
    full_lake.require(SCORED).delete("tweet_id = 7")
    file = tmp_path / "metrics" / "doctor.prom"
    env["DOCTOR_METRICS_FILE"] = str(file)
    wrong = run_module("sentistream", "lake", "doctor", "--json", "--lake-uri", full_lake.uri, env=env)
    assert wrong.returncode == 1, wrong.stderr
    report = orjson.loads(wrong.stdout)
    assert report["kept"] is False
    assert {each["promise"] for each in report["findings"] if each["verdict"] == "broken"} == {"scored rows are there"}
    assert {each["table"]: each["rows"] for each in report["tables"]}["silver/scored_tweets"] == 39
    families = {each.name: each for each in text_string_to_metric_families(file.read_text())}
    told = {
        (each.labels["promise"], each.labels["verdict"]): each.value
        for each in families["sentistream_doctor_findings"].samples
    }
    found = Counter((each["promise"], each["verdict"]) for each in report["findings"])
    assert {which: number for which, number in told.items() if number} == found
    assert told["gold = silver", "broken"] == 0
    # Prometheus's exporter is another user.
    assert file.stat().st_mode & 0o777 == 0o644
