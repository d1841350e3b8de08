from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import rmtree

import pyarrow as pa
import pytest

from sentistream.kafka import topic
from sentistream.lake import doctor, transactions
from sentistream.lake.doctor import Finding
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import minutes_retention, raw_retention, retention, rollup
from sentistream.lake.tables import PER_MINUTE, RAW, REJECTED, RETIRED, SCORED
from sentistream.settings import KafkaSettings, RetentionSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.upkeep import Upkeep
from stream_processor.tables import gold as gold_module
from stream_processor.tables.bronze import complete_from
from stream_processor.tables.gold import Gold
from tests.support.bronze_rows import coordinates, copy
from tests.support.commands import run_module
from tests.support.doctor import without_a_broker
from tests.support.gold_rows import Counts, Key, gold_of, tweet_at
from tests.support.lake_rows import BAD, NOW, TOPIC, batch, column
from tests.support.topic_records import send
from tests.support.waiting import wait_until

FIRST, SECOND, THIRD = date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 4)


@pytest.fixture
def gold(lake: Lake) -> Iterator[Gold]:
    made = Gold(lake)
    yield made
    made.finish()


def on(day: date, values: list[bytes], start: int) -> pa.Table:
    """Records that Kafka got on a day."""
    rows = batch(values, start)
    for name, value in (("kafka_timestamp", NOW + (day - NOW.date())), ("ingest_date", day)):
        at = rows.column_names.index(name)
        rows = rows.set_column(at, name, pa.repeat(pa.scalar(value, rows.schema.field(name).type), rows.num_rows))
    return rows


def minute(number: int, tweet: int, lang: str = "en") -> bytes:
    """A tweet of a minute of the first day, whenever it comes."""
    return tweet_at(tweet, f"2026-01-02T01:{number:02d}:00Z", lang, ("a", "b")[: tweet % 3])


def fill(lake: Lake) -> LakeSink:
    """Three days: the second has late tweets of the first one's minutes."""
    sink = LakeSink(lake, TOPIC)
    sink.append(on(FIRST, [minute(number % 4, number + 1) for number in range(10)] + [BAD], 0))
    sink.append(on(SECOND, [minute(0, 11), minute(9, 12, "de"), BAD, BAD], 11))
    sink.append(on(THIRD, [minute(0, 13), BAD], 15))
    return sink


def required(lake: Lake) -> list[Finding]:
    """What the doctor finds, who is content."""
    findings = doctor.examine(lake, without_a_broker(lake))
    assert [each for each in findings if each.verdict == "broken"] == []
    return findings


def found(findings: list[Finding], promise: str) -> str:
    return next(each.found for each in findings if each.promise == promise)


def rounded(lake: Lake) -> dict[Key, tuple[Counts, float]]:
    return {key: (counts, round(mean, 9)) for key, (counts, mean) in gold_of(lake).items()}


def test_gold_outlives_silver_and_late_tweets_add_up(lake: Lake, gold: Gold) -> None:
    sink = fill(lake)
    gold.update()
    before = rounded(lake)
    assert retention.retire_scored(lake, FIRST).days == 0
    retired = retention.retire_scored(lake, SECOND)
    assert (retired.days, retired.rows, retired.conflicts) == (1, 10, 0)
    assert column(lake, SCORED, "tweet_id") == [11, 12, 13]
    assert gold.update() is None
    # The stream's own handle goes on, and a minute of which a part was retired is right again.
    sink.append(on(THIRD, [minute(0, 14)], 17))
    update = gold.update()
    assert update is not None
    assert update.minutes == 1
    after = rounded(lake)
    key = next(key for key in before if key[0].minute == 0 and key[1:] == ("en", "*"))
    assert after[key][0][0] == before[key][0][0] + 1
    assert after.keys() >= before.keys()
    findings = required(lake)
    assert found(findings, "scored rows are there") == "4 rows, 14 were scored, 10 removed later"
    assert "14 tweets in gold, 4 in silver's version" in found(findings, "gold = silver")
    # The next day, then all of gold anew.
    assert retention.retire_scored(lake, THIRD).rows == 2
    rmtree(lake.location(PER_MINUTE))
    again = Gold(lake)
    again.update()
    again.finish()
    assert rounded(lake) == after
    assert ", 12 retired from it" in found(required(lake), "gold = silver")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_beside_the_dropping_commit_counts_nothing_twice_and_loses_nothing(
    lake: Lake, gold: Gold, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    sink = fill(lake)
    monkeypatch.setattr(gold_module, "RECORD_SECONDS", 0.0)
    real = retention._drop

    def dies(*arguments: object) -> None:
        if when == "after":
            real(*arguments)  # type: ignore[arg-type]  # passed through
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(retention, "_drop", dies)
        with pytest.raises(KeyboardInterrupt):
            retention.retire_scored(lake, SECOND)
    # Counted already, and dropped or not: gold and the stream go on.
    sink.append(on(FIRST, [minute(0, 14), minute(30, 15)], 17))
    gold.update()
    assert "15 tweets in gold" in found(required(lake), "gold = silver")
    assert retention.retire_scored(lake, SECOND).rows == (12 if when == "before" else 2)
    gold.update()
    assert "15 tweets in gold, 3 in silver's version" in found(required(lake), "gold = silver")
    # What was counted for nothing is gone.
    retired = lake.require(RETIRED)
    of_all = set(retired.to_pyarrow_table()["retirement"].to_pylist())
    assert of_all == set(rollup.in_force(retired, lake.require(SCORED)))


@pytest.mark.parametrize("other", ["a tweet for that day", "the same in another process"])
def test_what_comes_in_between_is_tried_again(
    lake: Lake, gold: Gold, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    sink = fill(lake)
    real = retention._drop

    def interrupted(*arguments: object) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(retention, "_drop", real)
            if other == "a tweet for that day":
                sink.append(on(FIRST, [minute(0, 14)], 17))
            else:
                assert retention.retire_scored(lake, SECOND).rows == 10
        monkeypatch.setattr(retention, "_drop", real)
        real(*arguments)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(retention, "_drop", interrupted)
    rows = retention.retire_scored(lake, SECOND).rows
    assert rows == (11 if other == "a tweet for that day" else 0)
    gold.update()
    number = 14 if other == "a tweet for that day" else 13
    assert f"{number} tweets in gold, 3 in silver's version" in found(required(lake), "gold = silver")


def test_rejected_days_go_once_the_scored_table_has_counted_them(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = fill(lake)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(LakeSink, "_commit_scored", dies)
        with pytest.raises(KeyboardInterrupt):
            sink.append(on(FIRST, [BAD], 17))
    monkeypatch.setattr(retention, "AHEAD_SECONDS", 0.0)
    assert retention.retire_rejected(lake, SECOND).conflicts == 1
    sink = LakeSink(lake, TOPIC)
    sink.append(on(FIRST, [BAD], 17))
    retired = retention.retire_rejected(lake, SECOND)
    assert (retired.days, retired.rows) == (1, 2)
    sink.append(on(SECOND, [BAD], 18))
    assert found(required(lake), "rejected rows are there") == "4 rows, 6 were rejected, 2 removed later"


def test_days_of_gold_that_were_dropped_do_not_come_back(lake: Lake, gold: Gold) -> None:
    sink = LakeSink(lake, TOPIC)
    days = [tweet_at(number, f"2026-01-{number:02d}T00:00:00Z") for number in (1, 2, 3)]
    sink.append(on(THIRD, days, 0))
    gold.update()
    assert minutes_retention.drop_minutes(lake, None) == 0
    assert minutes_retention.drop_minutes(lake, FIRST) == 1
    assert minutes_retention.drop_minutes(lake, FIRST) == 0
    assert retention.first_day(lake.require(PER_MINUTE)) == FIRST
    assert {key[0].date() for key in gold_of(lake)} == {FIRST, SECOND}
    sink.append(on(THIRD, [tweet_at(4, "2026-01-01T23:59:59Z"), tweet_at(5, "2026-01-02T00:00:00Z")], 3))
    gold.update()
    assert retention.retire_scored(lake, date(2026, 1, 5)).rows == 5
    gold._replace(lake.require(SCORED), None)
    assert {key[0].date() for key in gold_of(lake)} == {FIRST, SECOND}
    assert "3 tweets in gold, 0 in silver's version" in found(required(lake), "gold = silver")
    # What was retired of minutes that gold holds no more is of no use.
    minutes_retention.drop_minutes(lake, THIRD)
    sink.append(on(THIRD, [tweet_at(6, "2026-01-02T00:00:00Z")], 5))
    retention.retire_scored(lake, date(2026, 1, 5))
    assert lake.require(RETIRED).to_pyarrow_table().num_rows == 0
    sink.append(on(THIRD, [minute(0, 7)], 6))
    retention.retire_scored(lake, date(2026, 1, 4))
    required(lake)


def test_bronze_loses_whole_days_and_says_from_where_it_is_complete(kafka: KafkaSettings, lake: Lake) -> None:
    described = topic.ensure(kafka)
    send(kafka, *(minute(0, number) for number in range(1, 41)))
    copy(kafka, lake)
    lake.require(RAW).update({"ingest_date": "DATE '2026-01-02'"}, predicate="offset < 5")
    LakeSink(lake, TOPIC).append(batch([BAD]))
    required(lake)
    version = lake.require(RAW).version()
    assert raw_retention.drop_raw(lake, SECOND) == 1
    assert raw_retention.drop_raw(lake, SECOND) == 0
    # Rows and the word that they are gone are one commit: a kill has no moment between.
    assert lake.require(RAW).version() == version + 1
    assert complete_from(lake.require(RAW), described) == {0: 5, 1: 5}
    assert min(offset for _, offset in coordinates(lake)) == 5
    send(kafka, minute(0, 41))
    assert copy(kafka, lake) == 1
    findings = [each for each in required(lake) if each.promise == "bronze is complete"]
    assert len(findings) == 2
    assert all("from offset 5 to" in each.found for each in findings)


def test_the_stream_has_old_days_dropped_beside_it(lake: Lake) -> None:
    fill(lake)
    kept = RetentionSettings.from_options(lake_uri=lake.uri, silver_kept_days=30, rejected_kept_days=30)
    upkeep = Upkeep(lake, 0.05, kept=kept)
    upkeep.round()
    wait_until(lambda: not column(lake, SCORED, "tweet_id") and not column(lake, REJECTED, "offset"))
    upkeep.close()
    assert transactions.of(lake.require(SCORED))["tweets/retired"] == 13
    required(lake)


def test_days_go_by_hand_too_and_without_a_word_none_go(lake: Lake) -> None:
    fill(lake)
    assert retention.first_kept(0) is None
    today = datetime(2026, 1, 5).date()
    assert retention.first_kept(1, today) == today - timedelta(days=1)
    run = run_module("sentistream", "lake", "maintain", env={"LAKE_URI": lake.uri, "REJECTED_KEPT_DAYS": "30"})
    assert run.returncode == 0, run.stderr
    assert column(lake, REJECTED, "offset") == []
    assert len(column(lake, SCORED, "tweet_id")) == 13
    assert lake.open(RETIRED) is None
    assert not (Path(lake.uri) / "gold" / "retired_per_minute").exists()
