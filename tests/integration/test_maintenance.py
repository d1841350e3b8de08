import random
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from sentistream.kafka.topic import Topic
from sentistream.lake.maintenance import compaction, log_retention
from sentistream.lake.maintenance.compaction import MEBIBYTE
from sentistream.lake.tables import SCORED, require_table
from sentistream.process.periodic import Periodic
from stream_processor.stream import sink as sink_module
from stream_processor.stream.sink import LakeSink
from stream_processor.stream.upkeep import Upkeep
from tests.support.commands import run_module
from tests.support.lake_rows import NOW, TOPIC, batch, column, tweet
from tests.support.object_store import everywhere


def fill(lake_uri: str, commits: int) -> LakeSink:
    sink = LakeSink(lake_uri, TOPIC)
    fill_on(sink, 0, commits)
    return sink


def fill_on(sink: LakeSink, start: int, end: int) -> None:
    for number in range(start, end):
        sink.append(batch([tweet(number + 1)], start=number))


def files(lake_uri: str) -> int:
    return len(require_table(lake_uri, SCORED).file_uris())


@everywhere
def test_small_files_are_merged_and_no_row_changes(lake_uri: str) -> None:
    fill(lake_uri, 40)
    before = LakeSink(lake_uri, TOPIC).totals
    report = compaction.compact(require_table(lake_uri, SCORED))
    assert (report.files_merged, report.files_written, files(lake_uri)) == (40, 1, 1)
    assert column(lake_uri, SCORED, "tweet_id") == list(range(1, 41))
    assert LakeSink(lake_uri, TOPIC).totals == before


def test_files_of_almost_a_tiers_size_are_merged_by_the_next(lake_uri: str) -> None:
    sink, draw = LakeSink(lake_uri, TOPIC), random.Random(7)  # noqa: S311 - repeatable on purpose
    for number in range(10):
        # Hexadecimal digits that no compression shortens: 40 tweets are 0.8 MiB.
        texts = [draw.randbytes(10_000).hex().encode() for _ in range(40)]
        values = [b'{"data": {"id": "%d", "text": "%s"}}' % (40 * number + n + 1, text) for n, text in enumerate(texts)]
        sink.append(batch(values, start=40 * number))
    table = require_table(lake_uri, SCORED)
    sizes = table.get_add_actions(flatten=True)["size_bytes"].to_pylist()
    assert all(MEBIBYTE / 2 < size < MEBIBYTE for size in sizes)
    assert compaction.compact(table).files_merged == 10
    assert column(lake_uri, SCORED, "tweet_id") == list(range(1, 401))


def test_a_stream_commits_on_while_its_table_is_compacted(lake_uri: str) -> None:
    sink = fill(lake_uri, 35)
    with Periodic("upkeep", Upkeep(lake_uri, seconds=0.01).round, 0.01):
        for number in range(35, 120):
            sink.append(batch([tweet(number + 1)], start=number))
    assert column(lake_uri, SCORED, "tweet_id") == list(range(1, 121))
    assert files(lake_uri) < 60
    assert LakeSink(lake_uri, TOPIC).totals[0].scored == 120


def test_the_log_stays_short_and_every_kept_version_readable(lake_uri: str) -> None:
    sink = fill(lake_uri, 110)
    stale = require_table(lake_uri, SCORED)
    assert log_retention.shorten(stale, kept=20) == 0
    assert log_retention.checkpoint(stale, 0) == 110
    fill_on(sink, 110, 150)
    assert log_retention.checkpoint(require_table(lake_uri, SCORED), 110) == 110
    assert log_retention.shorten(require_table(lake_uri, SCORED), kept=20) >= 110
    fill_on(sink, 150, 160)
    assert column(lake_uri, SCORED, "tweet_id") == list(range(1, 161))
    assert LakeSink(lake_uri, TOPIC).totals[0].scored == 160
    for version in range(110, 161):
        assert DeltaTable(stale.table_uri, version=version).to_pyarrow_table().num_rows == version
    stale.update_incremental()
    assert stale.to_pyarrow_table().num_rows == 160


def test_a_handle_whose_log_is_gone_goes_on(lake_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    idle = LakeSink(lake_uri, Topic("other", "other-id", (0,)))
    sink = fill(lake_uri, 35)
    stale, stalest = require_table(lake_uri, SCORED), require_table(lake_uri, SCORED)
    fill_on(sink, 35, 40)
    require_table(lake_uri, SCORED).create_checkpoint()
    fill_on(sink, 40, 41)
    assert log_retention.shorten(require_table(lake_uri, SCORED), kept=1) >= 40
    monkeypatch.setattr(sink_module, "FRESH_SECONDS", 0.0)
    idle.append(batch([tweet(1000), b"no tweet"], topic="other"))
    assert column(lake_uri, SCORED, "tweet_id") == [*range(1, 42), 1000]
    assert compaction.remove_late_duplicates(stalest).late_duplicates == 0
    assert [compaction.compact(stale).files_merged for _ in range(2)] == [0, 42]


@everywhere
def test_late_duplicates_are_removed_and_counted(lake_uri: str) -> None:
    # A window of nothing stands for one that has passed.
    for number in range(3):
        LakeSink(lake_uri, TOPIC, timedelta(0)).append(batch([tweet(1), tweet(number + 2)], start=2 * number))
    assert column(lake_uri, SCORED, "tweet_id") == [1, 1, 1, 2, 3, 4]
    table = require_table(lake_uri, SCORED)
    assert compaction.remove_late_duplicates(table).late_duplicates == 2
    assert compaction.remove_late_duplicates(table).late_duplicates == 0
    assert column(lake_uri, SCORED, "offset") == [0, 1, 3, 5]
    assert table.transaction_version("tweets/removed") == 2
    assert LakeSink(lake_uri, TOPIC).totals[0].unaccounted == 0


def test_of_a_topic_that_was_created_anew_only_the_later_row_of_an_offset_goes(lake_uri: str) -> None:
    for number, topic_id in enumerate(("first-id", "second-id")):
        sink = LakeSink(lake_uri, Topic("tweets", topic_id, (0,)), timedelta(0))
        sink.append(batch([tweet(1), tweet(2), tweet(1)], arrived=NOW + timedelta(days=number)))
    table = require_table(lake_uri, SCORED)
    assert compaction.remove_late_duplicates(table).late_duplicates == 2
    kept = table.to_pyarrow_table(columns=["tweet_id", "kafka_timestamp"]).to_pylist()
    assert sorted((row["tweet_id"], row["kafka_timestamp"]) for row in kept) == [(1, NOW), (2, NOW)]


def test_the_command_reports_what_it_did(lake_uri: str) -> None:
    fill(lake_uri, 3)
    run = run_module("sentistream", "lake", "maintain", "--late-duplicates", "--lake-uri", lake_uri)
    assert run.returncode == 0, run.stderr
    assert "scored_tweets" in run.stdout
    assert files(lake_uri) == 1


def test_a_lake_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = run_module("sentistream", "lake", "maintain", "--lake-uri", str(tmp_path / "none"))
    assert run.returncode == 1
    assert "There is no table at" in run.stderr
    assert "Traceback" not in run.stderr
