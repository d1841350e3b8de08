import random
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from sentistream.kafka.topic import Topic
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, late_duplicates, log_retention
from sentistream.lake.maintenance.command import Round
from sentistream.lake.maintenance.compaction import MEBIBYTE
from sentistream.lake.schema import create
from sentistream.lake.tables import KEPT_BESIDE, SCORED, TABLES
from sentistream.process.periodic import Periodic
from sentistream.settings import RetentionSettings
from stream_processor.stream.sink import lake_sink
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.upkeep import Upkeep
from tests.support.commands import run_module
from tests.support.foreign_hands import commit
from tests.support.lake_rows import NOW, TOPIC, batch, column, tweet
from tests.support.object_store import copied, everywhere


def fill(lake: Lake, commits: int) -> LakeSink:
    sink = LakeSink(lake, TOPIC)
    fill_on(sink, 0, commits)
    return sink


def fill_on(sink: LakeSink, start: int, end: int) -> None:
    for number in range(start, end):
        sink.append(batch([tweet(number + 1)], start=number))


def files(lake: Lake) -> int:
    return len(lake.require(SCORED).file_uris())


@everywhere
def test_small_files_are_merged_and_no_row_changes(lake: Lake) -> None:
    fill(lake, 40)
    before = LakeSink(lake, TOPIC).totals
    report = compaction.compact(lake.require(SCORED))
    assert (report.files_merged, report.files_written, files(lake)) == (40, 1, 1)
    assert column(lake, SCORED, "tweet_id") == list(range(1, 41))
    assert LakeSink(lake, TOPIC).totals == before


def test_files_of_almost_a_tiers_size_are_merged_by_the_next(lake: Lake) -> None:
    sink, draw = LakeSink(lake, TOPIC), random.Random(7)  # noqa: S311 - repeatable on purpose
    for number in range(10):
        # Hexadecimal digits that no compression shortens: 40 tweets are 0.8 MiB.
        texts = [draw.randbytes(10_000).hex().encode() for _ in range(40)]
        values = [b'{"data": {"id": "%d", "text": "%s"}}' % (40 * number + n + 1, text) for n, text in enumerate(texts)]
        sink.append(batch(values, start=40 * number))
    table = lake.require(SCORED)
    sizes = table.get_add_actions(flatten=True)["size_bytes"].to_pylist()
    assert all(MEBIBYTE / 2 < size < MEBIBYTE for size in sizes)
    assert compaction.compact(table).files_merged == 10
    assert column(lake, SCORED, "tweet_id") == list(range(1, 401))


def test_a_stream_commits_on_while_its_table_is_compacted(lake: Lake) -> None:
    sink = fill(lake, 35)
    with Periodic("upkeep", Upkeep(lake, seconds=0.01).round, 0.01):
        for number in range(35, 80):
            sink.append(batch([tweet(number + 1)], start=number))
    assert column(lake, SCORED, "tweet_id") == list(range(1, 81))
    assert files(lake) < 60
    assert LakeSink(lake, TOPIC).totals[0].scored == 80


def test_the_log_stays_short_and_every_kept_version_readable(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_retention, "LOG_CHECKPOINT_COMMITS", 20)
    sink = fill(lake, 22)
    stale = lake.require(SCORED)
    assert log_retention.shorten(stale, kept=4) == 0
    assert log_retention.checkpoint(stale, 0) == 22
    fill_on(sink, 22, 30)
    assert log_retention.checkpoint(lake.require(SCORED), 22) == 22
    assert log_retention.shorten(lake.require(SCORED), kept=4) >= 22
    fill_on(sink, 30, 32)
    assert column(lake, SCORED, "tweet_id") == list(range(1, 33))
    assert LakeSink(lake, TOPIC).totals[0].scored == 32
    for version in range(22, 33):
        assert DeltaTable(stale.table_uri, version=version).to_pyarrow_table().num_rows == version
    stale.update_incremental()
    assert stale.to_pyarrow_table().num_rows == 32


def test_a_handle_whose_log_is_gone_goes_on(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    idle = LakeSink(lake, Topic("other", "other-id", (0,)))
    sink = fill(lake, 35)
    stale, stalest = lake.require(SCORED), lake.require(SCORED)
    fill_on(sink, 35, 40)
    lake.require(SCORED).create_checkpoint()
    fill_on(sink, 40, 41)
    assert log_retention.shorten(lake.require(SCORED), kept=1) >= 40
    monkeypatch.setattr(lake_sink, "FRESH_SECONDS", 0.0)
    idle.append(batch([tweet(1000), b"no tweet"], topic="other"))
    assert column(lake, SCORED, "tweet_id") == [*range(1, 42), 1000]
    assert late_duplicates.remove(lake, stalest).rows == 0
    assert [compaction.compact(stale).files_merged for _ in range(2)] == [0, 42]


@everywhere
def test_late_duplicates_are_removed_and_counted(lake: Lake) -> None:
    # A window of nothing stands for one that has passed.
    for number in range(3):
        LakeSink(lake, TOPIC, timedelta(0)).append(batch([tweet(1), tweet(number + 2)], start=2 * number))
    assert column(lake, SCORED, "tweet_id") == [1, 1, 1, 2, 3, 4]
    table = lake.require(SCORED)
    assert late_duplicates.remove(lake, table).rows == 2
    assert late_duplicates.remove(lake, table).rows == 0
    assert column(lake, SCORED, "offset") == [0, 1, 3, 5]
    assert table.transaction_version("tweets/removed") == 2
    assert LakeSink(lake, TOPIC).totals[0].unaccounted == 0


def test_of_a_topic_that_was_created_anew_only_the_later_row_of_an_offset_goes(lake: Lake) -> None:
    for number, topic_id in enumerate(("first-id", "second-id")):
        sink = LakeSink(lake, Topic("tweets", topic_id, (0,)), timedelta(0))
        sink.append(batch([tweet(1), tweet(2), tweet(1)], arrived=NOW + timedelta(days=number)))
    table = lake.require(SCORED)
    assert late_duplicates.remove(lake, table).rows == 2
    kept = table.to_pyarrow_table(columns=["tweet_id", "kafka_timestamp"]).to_pylist()
    assert sorted((row["tweet_id"], row["kafka_timestamp"]) for row in kept) == [(1, NOW), (2, NOW)]


def test_the_command_reports_what_it_did(lake: Lake) -> None:
    fill(lake, 3)
    run = run_module("sentistream", "lake", "maintain", "--late-duplicates", "--lake-uri", lake.uri)
    assert run.returncode == 0, run.stderr
    assert "scored_tweets" in run.stdout
    assert files(lake) == 1


def test_on_an_object_store_the_command_makes_room_in_every_table(tmp_path: Path, bucket: str) -> None:
    on_disk = Lake(str(tmp_path))
    for table in (*TABLES, *KEPT_BESIDE):
        create.create(on_disk, table)
        commit(on_disk, table, {"remove": {"path": "gone.parquet", "deletionTimestamp": 1, "dataChange": True}})
    lake = copied(tmp_path, bucket)
    run = Round(lake, RetentionSettings.from_options())
    run.run()
    assert not run.has_failed
    assert all(lake.require(table).version() > 1 for table in (*TABLES, *KEPT_BESIDE))


def test_a_lake_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = run_module("sentistream", "lake", "maintain", "--lake-uri", str(tmp_path / "none"))
    assert run.returncode == 1
    assert "There is no table at" in run.stderr
    assert "Traceback" not in run.stderr
