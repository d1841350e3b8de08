import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import CommitProperties, write_deltalake
from deltalake.schema import Field, PrimitiveType
from structlog.testing import capture_logs

from sentistream.errors import UserError
from sentistream.kafka.topic import Topic
from sentistream.lake import changed_days
from sentistream.lake.erasure.requests import Subjects
from sentistream.lake.erasure.scored_and_rejected import forget_scored
from sentistream.lake.health import profiles
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, late_duplicates, log_retention, retention
from sentistream.lake.tables import MODEL_HEALTH, SCORED
from stream_processor.offsets import ledger
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables import health as health_module
from stream_processor.tables.health import Health
from tests.support.drifting import made
from tests.support.gold_rows import tweet_at
from tests.support.lake_rows import BAD, NOW, TOPIC, batch, empty_lake
from tests.support.object_store import copied, everywhere

Key = tuple[datetime, str, str, int]


def at(minute: int) -> str:
    return (NOW - timedelta(hours=5) + timedelta(minutes=minute)).isoformat()


@pytest.fixture
def lake(tmp_path: Path, request: pytest.FixtureRequest) -> Lake:
    empty = empty_lake(tmp_path / "a lake")
    if getattr(request, "param", "disk") == "S3":
        return copied(Path(empty.uri), request.getfixturevalue("bucket"))
    return empty


def fill(lake: Lake, values: list[bytes]) -> None:
    last = lake.require(SCORED).transaction_version(ledger.app_id(TOPIC, 0))
    # A window of nothing stands for one that has passed.
    LakeSink(lake, TOPIC, timedelta(0)).append(batch(values, start=0 if last is None else last + 1))


def rows_of(lake: Lake) -> dict[Key, dict[str, Any]]:
    rows = lake.require(MODEL_HEALTH).to_pyarrow_table().to_pylist()
    found = {(row["window_start"], row["lang"], row["model_name"], row["model_version"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def require_health_is_silver(lake: Lake) -> int:
    """Count the scored table row by row in plain Python, and all of it at once; the number of its rows."""
    found = rows_of(lake)
    expected: Counter[Key] = Counter()
    for row in lake.require(SCORED).to_pyarrow_table().to_pylist():
        hour = row["created_at"].replace(minute=0, second=0, microsecond=0)
        expected[hour, row["lang"], row["model_name"], row["model_version"]] += 1
    assert {key: row["tweets"] for key, row in found.items()} == expected
    for row in found.values():
        assert sum(row["scores"]) == sum(row["sentiments"]) == row["tweets"]
        assert sum(row["lengths"]) == row["texts"] == row["tweets"]
        assert row["window_date"] == row["window_start"].date()
    again = Health(Lake(lake.uri, lake.storage_options))
    again._table.delete()
    again._make(lake.require(SCORED), {})
    assert rows_of(lake) == found
    return expected.total()


@everywhere
def test_each_hour_is_counted_by_language_and_version_whatever_the_topic(lake: Lake) -> None:
    health = Health(lake)
    assert health.update() == 0
    fill(lake, [tweet_at(1, at(0), "en"), tweet_at(2, at(1), "en"), tweet_at(3, at(1), "de"), tweet_at(4, at(90)), BAD])
    assert health.update() == 4
    other = Topic("other", "id-2", (0,))
    LakeSink(lake, other).append(batch([tweet_at(5, at(2)), tweet_at(6, "2009-05-01T10:00:59Z")], topic="other"))
    # A topic that was never counted is new from its first offset on.
    assert health.update() == 2
    assert health.update() is None
    counted = {(lang, row["tweets"]) for (_, lang, _, _), row in rows_of(lake).items()}
    assert counted == {("en", 3), ("de", 1), ("en", 1)}
    assert {row["words"] for row in rows_of(lake).values() if row["tweets"] == 3} == {3}
    assert require_health_is_silver(lake) == 6


def test_what_it_counts_is_added_to_its_hour_and_no_file_that_was_counted_is_read_again(lake: Lake) -> None:
    health = Health(lake)
    fill(lake, [tweet_at(1, at(0))])
    health.update()
    for file in lake.require(SCORED).file_uris():
        Path(file.removeprefix("file://").replace("%20", " ")).unlink()
    fill(lake, [tweet_at(2, at(1))])
    assert health.update() == 1
    assert [row["tweets"] for row in rows_of(lake).values()] == [2]


def test_a_compaction_changes_nothing(lake: Lake) -> None:
    health = Health(lake)
    for number in range(40):
        fill(lake, [tweet_at(number + 1, at(number))])
    health.update()
    before = rows_of(lake)
    assert compaction.compact(lake.require(SCORED)).files_merged == 40
    assert health.update() is None
    assert rows_of(lake) == before
    assert require_health_is_silver(lake) == 40


@pytest.mark.parametrize("change", ["late duplicates", "erasure", "rescoring", "retirement"])
@pytest.mark.parametrize("away", [False, True], ids=["beside", "away"])
def test_hours_of_what_was_changed_or_removed_are_counted_anew(lake: Lake, change: str, away: bool) -> None:
    other_day = "2025-12-24T12:00:00Z"
    health = Health(lake)
    fill(lake, [tweet_at(1, other_day), tweet_at(2, at(1))])
    fill(lake, [tweet_at(1, "2025-12-24T12:07:00Z"), tweet_at(3, at(2))])
    assert health.update() == 4
    if change == "late duplicates":
        assert late_duplicates.remove(lake, lake.require(SCORED)).rows == 1
    elif change == "erasure":
        forget_scored(lake, Subjects(frozenset({1}), frozenset()), datetime.now(UTC))
    elif change == "retirement":
        fill(lake, [tweet_at(9, "2025-12-24T12:00:30Z")])
        assert retention.retire_scored(lake, NOW.date() + timedelta(days=1)).rows == 5
    else:
        table = lake.require(SCORED)
        told = changed_days.record(lake, table, table.to_pyarrow_table()["created_at"].slice(0, 1))
        changes = CommitProperties(app_transactions=[told])
        table.update({"model_version": "2"}, predicate="created_at < '2025-12-25'", commit_properties=changes)
    if away:
        shorten(lake)
        health = Health(lake)
    fill(lake, [tweet_at(10, at(3))])
    assert health.update() is not None
    assert (
        require_health_is_silver(lake) == {"late duplicates": 4, "erasure": 3, "rescoring": 5, "retirement": 1}[change]
    )


def shorten(lake: Lake) -> None:
    """Of silver's log, only the newest version is left."""
    lake.require(SCORED).create_checkpoint()
    fill(lake, [BAD])
    assert log_retention.shorten(lake.require(SCORED), kept=1) > 0


@pytest.mark.parametrize("when", ["before", "after"])
def test_it_goes_on_where_the_one_before_was_killed(lake: Lake, when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, [tweet_at(1, at(0)), tweet_at(2, at(1))])
    health = Health(lake)
    health.update()
    fill(lake, [tweet_at(3, at(1)), tweet_at(4, at(70))])

    def dies(*arguments: Any, **named: Any) -> None:
        if when == "after":
            write_deltalake(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(health_module, "write_deltalake", dies)
        with pytest.raises(KeyboardInterrupt):
            health.update()
    assert (Health(lake).update() is None) == (when == "after")
    assert require_health_is_silver(lake) == 4


def test_more_hours_than_one_predicate_names_keep_what_lies_between_them(lake: Lake) -> None:
    health = Health(lake)
    fill(lake, [tweet_at(number + 1, at(-60 * number)) for number in range(200)])
    health.update()
    fill(lake, [tweet_at(number + 1_001, at(-120 * number)) for number in range(100)])
    assert health.update() == 100
    assert require_health_is_silver(lake) == 300


def test_what_was_counted_before_its_profile_was_known_is_counted_anew_by_it(lake: Lake) -> None:
    health = Health(lake)
    fill(lake, [tweet_at(1, at(0))])
    health.update()
    [row] = rows_of(lake).values()
    assert row["unknown_words"] is None
    assert row["psi"] == []
    assert profiles.record(lake, ("tweet-sentiment", 1), "d" * 64, made().encoded)
    assert not profiles.record(lake, ("tweet-sentiment", 1), "d" * 64, made().encoded)
    fill(lake, [tweet_at(2, at(1))])
    assert health.update() == 2
    [row] = rows_of(lake).values()
    assert row["unknown_words"] == row["words"] == 2
    assert row["confidence"] == pytest.approx(1.5)
    assert {name for name, _ in row["psi"]} >= {"scores", "words", "length"}
    fill(lake, [tweet_at(3, at(1))])
    assert health.update() == 1
    assert require_health_is_silver(lake) == 3


def test_a_commit_that_failed_adds_nothing_to_what_another_yardstick_counted(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = Health(lake)
    fill(lake, [tweet_at(1, at(0))])
    health.update()
    profiles.record(lake, ("tweet-sentiment", 1), "d" * 64, made().encoded)
    fill(lake, [tweet_at(2, at(1))])

    def fails(*_: Any, **__: Any) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(health_module, "write_deltalake", fails)
        with pytest.raises(OSError):  # noqa: PT011 - our own
            health.update()
    assert health.update() == 2
    assert require_health_is_silver(lake) == 2


def test_what_has_moved_is_told_once_with_ids_and_no_text(lake: Lake) -> None:
    profiles.record(lake, ("tweet-sentiment", 1), "d" * 64, made().encoded)
    health = Health(lake)
    with capture_logs() as said:
        for start in (1, 301):
            fill(lake, [tweet_at(number, at(0)) for number in range(start, start + 300)])
            health.update()
    [told] = [each for each in said if each["event"] == "drift"]
    assert "unknown words" in told["found"]
    assert len(told["examples"]) == 5
    assert "tweet 1" not in str(told)


def test_a_scored_table_from_a_backup_is_noticed(lake: Lake, tmp_path: Path) -> None:
    fill(lake, [tweet_at(1, at(0))])
    shutil.copytree(lake.location(SCORED), tmp_path / "backup")
    fill(lake, [tweet_at(2, at(0))])
    Health(lake).update()
    shutil.rmtree(lake.location(SCORED))
    shutil.copytree(tmp_path / "backup", lake.location(SCORED))
    with pytest.raises(UserError, match=r"came back from a backup. Delete"):
        Health(lake).update()


def test_a_column_that_somebody_has_added_is_null(lake: Lake) -> None:
    fill(lake, [tweet_at(1, at(0))])
    Health(lake).update()
    lake.require(MODEL_HEALTH).alter.add_columns([Field("mood", PrimitiveType("string"), nullable=True)])
    fill(lake, [tweet_at(2, at(1))])
    assert Health(lake).update() == 1
    [row] = rows_of(lake).values()
    assert (row["tweets"], row["mood"]) == (2, None)


def test_without_a_scored_table_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert Health(Lake(str(tmp_path / "empty"))).update() is None
