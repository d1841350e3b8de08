"""`lake maintain` on a disk that is full: what it deletes, what it says, and that the next table has its turn."""

import os
from pathlib import Path

import pytest
from deltalake import DeltaTable

from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, log_retention, room
from sentistream.lake.maintenance.command import Round
from sentistream.lake.maintenance.room import Room
from sentistream.lake.schema import create
from sentistream.lake.tables import EVERY, RAW, REJECTED, SCORED, TABLES, Table
from sentistream.process.disk import DiskError
from sentistream.settings import RetentionSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import TOPIC, batch, column, tweet
from tests.support.small_disk import SmallDisk

BYTES = 100 * 1024


@pytest.fixture
def lake(small_disk: SmallDisk) -> Lake:
    lake = Lake(str(small_disk.folder / "lake"))
    for table in TABLES:
        create.create(lake, table)
    LakeSink(lake, TOPIC).append(batch([tweet(1), b"no tweet"]))
    return lake


def orphan(lake: Lake, table: object) -> Path:
    """What a killed commit left behind long ago."""
    file = Path(lake.uri) / str(table) / "ingest_date=2026-01-02" / "part-of-a-killed-commit.parquet"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(bytes(BYTES))
    os.utime(file, (0, 0))
    return file


def test_room_is_made_where_no_byte_is_free_and_the_table_stays_what_it_is(small_disk: SmallDisk, lake: Lake) -> None:
    left = orphan(lake, SCORED)
    small_disk.fill()
    table = lake.require(SCORED)
    version = table.version()
    made = room.make(table)
    assert (made.files, made.bytes, left.exists()) == (1, BYTES, False)
    assert (lake.require(SCORED).version(), column(lake, SCORED, "tweet_id")) == (version, [1])


def test_maintenance_says_what_it_freed_and_goes_on_with_the_next_table(
    small_disk: SmallDisk, lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    left = orphan(lake, SCORED)
    log = Path(lake.location(REJECTED)) / "_delta_log" / f"{0:020}.json"
    log.write_text("damaged")
    small_disk.fill()
    run = Round(lake, RetentionSettings.from_options())
    run.run()
    assert run.has_failed
    [failed] = capsys.readouterr().err.splitlines()
    assert failed.startswith(f"error: {REJECTED}: ")
    assert run.done[SCORED].room == Room(files=1, bytes=BYTES)
    assert not left.exists()


def test_a_table_over_which_delta_rs_panics_holds_up_no_other(lake: Lake) -> None:
    class Panic(BaseException):
        """As PyO3 raises it."""

    class Damaged(Lake):
        def open_version(self, table: Table, version: int | None) -> DeltaTable:
            if table is REJECTED:
                raise Panic("index out of bounds")
            return super().open_version(table, version)

    left, damaged = orphan(lake, SCORED), Damaged(lake.uri)
    run = Round(damaged, RetentionSettings.from_options())
    run.run()
    assert (run.has_failed, left.exists(), list(run.done)) == (True, False, [SCORED])
    # What is asked of all tables before the round passes it over, too.
    assert list(damaged.opened()) == [SCORED]


def test_maintenance_that_can_free_nothing_says_so_of_each_table(
    small_disk: SmallDisk, lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    small_disk.fill()
    run = Round(lake, RetentionSettings.from_options())
    run.run()
    assert run.has_failed
    told = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[1] for line in told] == [str(REJECTED), str(SCORED)]
    assert all("is full (" in line for line in told)


def test_a_stream_whose_disk_is_full_commits_nothing_and_goes_on_when_there_is_room(
    small_disk: SmallDisk, lake: Lake
) -> None:
    sink = LakeSink(lake, TOPIC)
    small_disk.fill()
    with pytest.raises(DiskError, match=r"\(LAKE_URI\) is full"):
        sink.append(batch([tweet(2), b"no tweet"], start=2))
    small_disk.make_room()
    assert column(lake, SCORED, "tweet_id") == [1]
    LakeSink(lake, TOPIC).append(batch([tweet(2), b"no tweet"], start=2))
    assert column(lake, SCORED, "tweet_id") == [1, 2]
    assert column(lake, REJECTED, "offset") == [1, 3]


def test_files_are_merged_only_where_both_they_and_the_merged_one_fit(small_disk: SmallDisk, lake: Lake) -> None:
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet(2)], start=2))
    small_disk.fill()
    table = DeltaTable(lake.location(SCORED))
    with pytest.raises(DiskError):
        compaction.compact(table)
    small_disk.make_room()
    assert compaction.compact(table).files_merged == 2


def test_of_bronze_more_versions_stay_since_a_commit_holds_one_partition() -> None:
    assert log_retention.versions(RAW, 200) == 2_000
    assert {log_retention.versions(table, 200) for table in EVERY if table != RAW} == {200}
