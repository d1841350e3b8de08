import threading
from datetime import date

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError

from sentistream import object_storage
from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.query import engine
from sentistream.lake.tables import SCORED
from sentistream.settings import S3Settings


def test_of_writers_that_race_none_overwrites_another(bucket: str) -> None:
    location = f"{bucket}/table"
    options = Lake.at(bucket).storage_options
    write_deltalake(location, pa.table({"n": [0]}), storage_options=options)

    def append(first: int) -> None:
        for number in range(first, first + 3):
            write_deltalake(location, pa.table({"n": [number]}), mode="append", storage_options=options)

    writers = [threading.Thread(target=append, args=(first,)) for first in (1, 4, 7)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    table = DeltaTable(location, storage_options=options)
    assert (table.version(), sorted(table.to_pyarrow_table()["n"].to_pylist())) == (9, list(range(10)))


def test_of_two_commits_with_one_transaction_the_first_wins(bucket: str) -> None:
    location = f"{bucket}/table"
    options = Lake.at(bucket).storage_options
    write_deltalake(location, pa.table({"n": [0]}), storage_options=options)
    quick, slow = (DeltaTable(location, storage_options=options) for _ in range(2))
    properties = CommitProperties(app_transactions=[Transaction("tweets/0", 1)])
    write_deltalake(quick, pa.table({"n": [1]}), mode="append", commit_properties=properties)
    with pytest.raises(CommitFailedError):
        write_deltalake(slow, pa.table({"n": [1]}), mode="append", commit_properties=properties)
    assert DeltaTable(location, storage_options=options).to_pyarrow_table().num_rows == 2


def test_a_query_reads_what_lies_on_the_store(bucket: str) -> None:
    lake = Lake.at(f"{bucket}/a lake")
    for number in range(3):
        rows = pa.table({"tweet_id": [number], "ingest_date": [date(2026, 1, 1 + number)]})
        write_deltalake(
            lake.location(SCORED),
            rows,
            mode="append",
            partition_by=["ingest_date"],
            storage_options=lake.storage_options,
        )
    asked = engine.ask(lake, "SELECT tweet_id FROM scored_tweets WHERE ingest_date >= DATE '2026-01-02' ORDER BY ALL")
    assert asked.to_pylist() == [{"tweet_id": 1}, {"tweet_id": 2}]


def test_a_bucket_that_is_not_there_is_one_sentence(bucket: str) -> None:
    with pytest.raises(
        UserError, match=r"LAKE_URI: s3://.*-absent/lake/silver/scored_tweets can't be read: "
    ) as refused:
        Lake.at(f"{bucket}-absent/lake").require(SCORED)
    assert "\n" not in str(refused.value)


def test_a_disk_needs_no_options(tmp_path: object) -> None:
    assert Lake.at(str(tmp_path)).storage_options is None


def test_a_secret_is_never_shown_and_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hunter2")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "")
    assert "hunter2" not in repr(S3Settings.from_options())
    assert "hunter2" not in repr(object_storage.hadoop_options(S3Settings.from_options()))
    assert "hunter2" not in repr(Lake.at("s3://bucket/lake"))
    assert S3Settings.from_options().aws_endpoint_url is None


def test_an_endpoint_that_is_none_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "minio:9000")
    with pytest.raises(UserError, match="AWS_ENDPOINT_URL"):
        Lake.at("s3://bucket/lake")
