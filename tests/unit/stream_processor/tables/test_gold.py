from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import CommitProperties
from deltalake.exceptions import DeltaError

from sentistream.errors import UserError
from sentistream.kafka.topic import Topic
from sentistream.lake import changed_days, transactions
from sentistream.lake.erasure.requests import Subjects
from sentistream.lake.erasure.scored_and_rejected import forget_scored
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, late_duplicates, log_retention, retention
from sentistream.lake.rows import delete
from sentistream.lake.tables import PER_MINUTE, SCORED
from stream_processor.offsets import ledger
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables import gold as gold_module
from stream_processor.tables.gold import Gold
from tests.support.gold_rows import gold_of, require_gold_is_silver, tweet_at, tweets_in_gold
from tests.support.lake_rows import BAD, NOW, TOPIC, batch, empty_lake
from tests.support.object_store import copied, everywhere


def at(minute: int, second: int = 0) -> str:
    """A time within the hour before the invented records arrive."""
    return (NOW - timedelta(hours=1) + timedelta(minutes=minute, seconds=second)).isoformat()


@pytest.fixture
def lake(tmp_path: Path, request: pytest.FixtureRequest) -> Lake:
    made = empty_lake(tmp_path / "a lake")
    if getattr(request, "param", "disk") == "S3":
        return copied(Path(made.uri), request.getfixturevalue("bucket"))
    return made


@pytest.fixture
def gold(lake: Lake) -> Iterator[Gold]:
    made = Gold(lake)
    yield made
    made.finish()


def restarted(lake: Lake, gold: Gold) -> Gold:
    gold.finish()
    return Gold(lake)


def fill(lake: Lake, commits: int, start: int = 0) -> None:
    sink = LakeSink(lake, TOPIC)
    for number in range(start, start + commits):
        sink.append(batch([tweet_at(number + 1, at(number % 50))], start=number))


def test_gold_counts_each_minute_by_language_and_rule_whatever_the_topic(lake: Lake, gold: Gold) -> None:
    values = [
        tweet_at(1, at(0, 1), "en", ("a", "b")),
        tweet_at(2, at(0, 50), "en", ("a", "a")),
        tweet_at(3, at(0, 50), "de"),
        tweet_at(4, at(1), "en", ("b",)),
        # A rule that is named like the total.
        tweet_at(5, at(2), "en", ("*", "a")),
        BAD,
    ]
    LakeSink(lake, TOPIC).append(batch(values))
    LakeSink(lake, Topic("other", "id-2", (0,))).append(batch([tweet_at(6, at(1))], topic="other"))
    update = gold.update()
    assert update is not None
    assert update.minutes is None
    assert require_gold_is_silver(lake) == 6
    first = datetime.fromisoformat(at(0)).replace(second=0, microsecond=0).astimezone(UTC)
    tweets = {(lang, rule): counts[0] for (minute, lang, rule), (counts, _) in gold_of(lake).items() if minute == first}
    assert tweets == {("en", "*"): 2, ("en", "a"): 2, ("en", "b"): 1, ("de", "*"): 1}


@everywhere
def test_only_the_minutes_that_were_touched_are_recomputed_however_long_ago(lake: Lake, gold: Gold) -> None:
    sink = LakeSink(lake, TOPIC)
    first = [tweet_at(number, at(number)) for number in range(1, 21)]
    sink.append(batch([*first, tweet_at(21, "2009-05-01T10:00:30Z")]))
    gold.update()
    assert gold.update() is None
    sink.append(
        batch([tweet_at(22, at(20)), tweet_at(23, at(21)), BAD, tweet_at(24, "2009-05-01T10:00:59Z")], start=21)
    )
    update = gold.update()
    assert update is not None
    assert update.minutes == 3
    assert require_gold_is_silver(lake) == 24


def test_a_tweet_of_any_year_has_its_minute(lake: Lake, gold: Gold) -> None:
    gold.update()
    values = [tweet_at(1, "2009-05-01T10:00:59Z"), tweet_at(2, "2009-05-01T10:00:59Z")]
    rows = batch(values)
    moments = [datetime(1600, 1, 1, tzinfo=UTC), datetime(2500, 1, 1, tzinfo=UTC)]
    at_column = rows.column_names.index("created_at")
    LakeSink(lake, TOPIC).append(rows.set_column(at_column, "created_at", pa.array(moments, pa.timestamp("us", "UTC"))))
    update = gold.update()
    assert update is not None
    assert update.minutes == 2
    assert require_gold_is_silver(lake) == 2


def test_files_without_a_touched_minute_are_not_read(lake: Lake, gold: Gold) -> None:
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet_at(1, at(0))]))
    sink.append(batch([tweet_at(2, at(30))], start=1))
    gold.update()
    before = gold_of(lake)
    table = lake.require(SCORED)
    adds = pa.table(table.get_add_actions(flatten=True)).sort_by("max.offset")
    (Path(lake.location(SCORED)) / unquote(adds["path"][0].as_py())).unlink()
    sink.append(batch([tweet_at(3, at(30))], start=2))
    gold.update()
    after = gold_of(lake)
    assert sum(counts[0] for (_, _, rule), (counts, _) in after.items() if rule == "*") == 3
    assert {key: after[key] for key in before if "30" not in key[0].isoformat()[14:16]}


def test_a_compaction_touches_no_minute(lake: Lake, gold: Gold) -> None:
    fill(lake, 40)
    gold.update()
    version = lake.require(PER_MINUTE).version()
    assert compaction.compact(lake.require(SCORED)).files_merged == 40
    assert gold.update() is None
    assert lake.require(PER_MINUTE).version() == version
    assert require_gold_is_silver(lake) == 40


def test_a_minute_whose_tweets_are_removed_is_recomputed(lake: Lake, gold: Gold) -> None:
    # A window of nothing stands for one that has passed.
    for number in range(3):
        rows = batch([tweet_at(1, at(number)), tweet_at(number + 2, at(10))], start=2 * number)
        LakeSink(lake, TOPIC, timedelta(0)).append(rows)
    gold.update()
    assert require_gold_is_silver(lake) == 6
    assert late_duplicates.remove(lake, lake.require(SCORED)).rows == 2
    update = gold.update()
    assert update is not None
    assert update.minutes is not None
    assert require_gold_is_silver(lake) == 4


def test_gold_goes_on_where_the_one_before_was_killed(lake: Lake, gold: Gold, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, 3)
    gold.update()
    real = Gold._commit
    for when in ("before", "after"):

        def dies(*arguments: object, when: str = when) -> None:
            if when == "after":
                real(*arguments)  # type: ignore[arg-type]  # passed through
            raise KeyboardInterrupt

        fill(lake, 2, start=require_gold_rows(lake))
        with monkeypatch.context() as patched:
            patched.setattr(gold_module.Gold, "_commit", dies)
            with pytest.raises(KeyboardInterrupt):
                gold.update()
        gold = restarted(lake, gold)
        update = gold.update()
        assert (update is None) == (when == "after")
        assert require_gold_is_silver(lake) == require_gold_rows(lake)
    gold.finish()


def require_gold_rows(lake: Lake) -> int:
    return int(lake.require(SCORED).to_pyarrow_dataset().count_rows())


def cut_log(lake: Lake) -> None:
    """Of silver's log, only the newest version is left."""
    lake.require(SCORED).create_checkpoint()
    last = transactions.of(lake.require(SCORED))[ledger.app_id(TOPIC, 0)]
    LakeSink(lake, TOPIC).append(batch([BAD], start=last + 1))
    assert log_retention.shorten(lake.require(SCORED), kept=1) > 0


def test_who_was_away_for_longer_than_the_log_reaches_reads_only_what_it_missed(lake: Lake, gold: Gold) -> None:
    fill(lake, 5)
    gold.update()
    gold.finish()
    fill(lake, 3, start=5)
    cut_log(lake)
    # Nothing of it is looked at: it is not even there.
    adds = pa.table(lake.require(SCORED).get_add_actions(flatten=True)).sort_by("max.offset")
    (Path(lake.location(SCORED)) / unquote(adds["path"][0].as_py())).unlink()
    again = Gold(lake)
    update = again.update()
    again.finish()
    assert update is not None
    assert update.minutes == 3
    assert tweets_in_gold(lake) == 8


@pytest.mark.parametrize("change", ["late duplicates", "erasure", "retirement"])
def test_what_was_changed_while_it_was_away_is_right_again(lake: Lake, gold: Gold, change: str) -> None:
    other_day = "2025-12-24T12:00:00Z"
    values = [tweet_at(1, other_day), tweet_at(2, at(1)), tweet_at(1, "2025-12-24T12:07:00Z"), tweet_at(3, at(2))]
    for start in (0, 2):
        # A window of nothing stands for one that has passed.
        LakeSink(lake, TOPIC, timedelta(0)).append(batch(values[start : start + 2], start))
    gold.update()
    gold.finish()
    if change == "late duplicates":
        assert late_duplicates.remove(lake, lake.require(SCORED)).rows == 1
    elif change == "erasure":
        forget_scored(lake, Subjects(frozenset({1}), frozenset()), datetime.now(UTC))
    else:
        LakeSink(lake, TOPIC).append(batch([tweet_at(9, "2025-12-24T12:00:30Z")], start=4))
        assert retention.retire_scored(lake, NOW.date() + timedelta(days=1)).rows == 5
    cut_log(lake)
    again = Gold(lake)
    update = again.update()
    again.finish()
    assert update is not None
    assert update.minutes is not None
    if change == "retirement":
        assert tweets_in_gold(lake) == 5
    else:
        assert require_gold_is_silver(lake) == (3 if change == "late duplicates" else 2)


def test_a_change_that_was_killed_or_came_at_the_same_time_is_not_missed(lake: Lake, gold: Gold) -> None:
    fill(lake, 4)
    gold.update()
    gold.finish()
    first, second = lake.require(SCORED), lake.require(SCORED)
    known = first.transaction_version(changed_days.LAST) or 0
    rows = first.to_pyarrow_table()
    changed_days.record(lake, first, rows["created_at"])  # and killed
    for handle, number in ((first, 1), (second, 2)):
        row = rows.filter(pc.equal(rows["tweet_id"], number))
        properties = CommitProperties(app_transactions=[changed_days.record(lake, handle, row["created_at"])])
        if handle is second:
            with pytest.raises(DeltaError):
                delete(handle, row, properties)
            handle.update_incremental()
            properties = CommitProperties(app_transactions=[changed_days.record(lake, handle, row["created_at"])])
        delete(handle, row, properties)
    second.update_incremental()
    assert changed_days.since(lake, second, known) == {NOW.date()}
    assert changed_days.since(lake, second, second.transaction_version(changed_days.LAST) or 0) == set()
    assert changed_days.since(lake, second, 5) is None
    cut_log(lake)
    again = Gold(lake)
    again.update()
    again.finish()
    assert require_gold_is_silver(lake) == 2


def test_what_is_not_touched_is_recorded_too_before_the_log_is_gone(
    lake: Lake, gold: Gold, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The log keeps at least as many commits as the real number.
    monkeypatch.setattr(gold_module, "LOG_CHECKPOINT_COMMITS", 5)
    fill(lake, 1)
    gold.update()
    before = gold_module.recorded_version(lake.require(PER_MINUTE), lake.require(SCORED))
    sink = LakeSink(lake, TOPIC)
    for number in range(1, 5):
        sink.append(batch([BAD], start=number))
    assert gold.update() is None
    assert gold_module.recorded_version(lake.require(PER_MINUTE), lake.require(SCORED)) == before
    sink.append(batch([BAD], start=5))
    assert gold.update() is None
    silver = lake.require(SCORED)
    assert gold_module.recorded_version(lake.require(PER_MINUTE), silver) == silver.version()
    assert require_gold_is_silver(lake) == 1


def test_gold_goes_on_after_its_own_small_files_were_merged(lake: Lake, gold: Gold) -> None:
    for number in range(2):
        LakeSink(lake, TOPIC).append(batch([tweet_at(number + 1, at(number))], start=number))
        gold.update()
    before = gold_of(lake)
    assert len(lake.require(PER_MINUTE).file_uris()) == 2
    compaction.compact(lake.require(PER_MINUTE))
    assert len(lake.require(PER_MINUTE).file_uris()) == 1
    assert gold_of(lake) == before
    LakeSink(lake, TOPIC).append(batch([tweet_at(3, at(1))], start=2))
    again = restarted(lake, gold)
    update = again.update()
    again.finish()
    assert update is not None
    assert update.minutes == 1
    assert require_gold_is_silver(lake) == 3


def test_a_scored_table_from_a_backup_is_noticed(lake: Lake, gold: Gold, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, 1)
    gold.update()
    monkeypatch.setattr(gold_module, "recorded_version", lambda *_: 10_000)
    with pytest.raises(UserError, match=r"came back from a backup. Delete"):
        restarted(lake, gold).update()


def test_without_a_scored_table_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert Gold(Lake(str(tmp_path / "empty"))).update() is None
