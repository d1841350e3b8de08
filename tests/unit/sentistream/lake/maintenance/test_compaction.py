"""What the clean-up of a table deletes, and what it must leave."""

import os
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable

from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction
from sentistream.lake.schema import create
from sentistream.lake.tables import FILES_KEPT_HOURS, ORPHANS_KEPT_HOURS, SCORED, TABLES
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import TOPIC, batch, tweet

A_DAY = "ingest_date=2026-01-02"


@pytest.fixture
def scored(tmp_path: Path) -> DeltaTable:
    lake = Lake(str(tmp_path))
    for table in TABLES:
        create.create(lake, table)
    LakeSink(lake, TOPIC).append(batch([tweet(1), tweet(2)]))
    return lake.require(SCORED)


def left_behind(scored: DeltaTable, name: str, hours: float) -> Path:
    """A file that no log entry names, so old."""
    file = Path(scored.table_uri.removeprefix("file://")) / A_DAY / name
    file.write_bytes(b"half a commit")
    moment = time.time() - hours * 3600
    os.utime(file, (moment, moment))
    return file


def test_a_file_of_a_killed_commit_goes_after_the_safe_age_and_one_being_written_stays(scored: DeltaTable) -> None:
    named = [Path(each.removeprefix("file://")) for each in scored.file_uris()]
    for each in named:
        os.utime(each, (0, 0))
    old = left_behind(scored, "part-of-a-killed-commit.parquet", ORPHANS_KEPT_HOURS + 1)
    younger = left_behind(scored, "part-of-a-suspended-writer.parquet", ORPHANS_KEPT_HOURS - 1)
    being_written = left_behind(scored, "part-being-written.parquet", 0)
    assert compaction.clean(scored).files == 1
    assert not old.exists()
    assert younger.exists()
    assert being_written.exists()
    assert all(each.exists() for each in named)


def test_a_replaced_file_stays_for_readers_of_older_versions_however_old_it_is(scored: DeltaTable) -> None:
    [replaced] = [Path(each.removeprefix("file://")) for each in scored.file_uris()]
    os.utime(replaced, (0, 0))
    scored.delete("tweet_id = 1")
    before = scored.version() - 1
    assert FILES_KEPT_HOURS > 0
    assert compaction.clean(scored).files == 0
    assert DeltaTable(scored.table_uri, version=before).to_pyarrow_table().num_rows == 2
