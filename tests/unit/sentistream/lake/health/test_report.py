from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest

from sentistream.lake.health import profiles, report, telling
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.health import Health
from tests.support.drifting import made, tweets, vocabulary, without_labels
from tests.support.lake_rows import NOW, TOPIC, batch, empty_lake

WORDS = vocabulary(1_500)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return empty_lake(tmp_path)


def score(lake: Lake, rows: pa.Table, version: int, first_id: int, arrived: datetime, hour: datetime) -> None:
    """Commit tweets of an hour as a version would have scored them."""
    values = [
        orjson.dumps(
            {"data": {"id": str(first_id + place), "text": text, "created_at": hour.isoformat(), "lang": "en"}}
        )
        for place, text in enumerate(rows["text"].to_pylist())
    ]
    scored = batch(values, start=first_id, arrived=arrived)
    said = {"p_positive": rows["p_positive"], "sentiment": rows["sentiment"], "label": rows["label"]}
    said["model_version"] = pa.array([version] * rows.num_rows, pa.int32())
    for name, column in said.items():
        place = scored.column_names.index(name)
        scored = scored.set_column(place, name, column.cast(scored.schema.field(name).type))
    LakeSink(lake, TOPIC).append(scored)


def test_the_newest_tweets_are_judged_and_a_new_champion_begins_anew(lake: Lake) -> None:
    drawn = np.random.default_rng(21)
    profiles.record(lake, ("tweet-sentiment", 1), "a" * 64, made().encoded)
    health = Health(lake)
    usual = tweets(drawn, 2_500, words=WORDS)
    score(lake, usual, 1, 1, NOW, NOW - timedelta(hours=9))
    health.update()
    [first] = report.of(lake)
    assert first.alarms == []
    assert telling.headline(first).endswith("as its held-out rows were")
    # Written long ago, and arrived now: what the version meets is judged, whenever it was written.
    other = without_labels(
        tweets(drawn, 2_000, words=vocabulary(1_500, ending="x"), telling=("affreux", "merveilleux"))
    )
    score(lake, other, 1, 2_501, NOW + timedelta(hours=1), datetime(2009, 5, 1, 10, tzinfo=UTC))
    health.update()
    [moved] = report.of(lake)
    assert moved.tweets == 2_000
    assert moved.alarms[:2] == ["languages", "words"]
    assert moved.verdict is not None
    assert moved.verdict.accuracy.estimated is None
    texts = lake.require(SCORED).to_pyarrow_table(columns=["tweet_id", "text"]).to_pylist()
    by_id = {row["tweet_id"]: row["text"] for row in texts}
    assert all("affreux" in by_id[each] or "merveilleux" in by_id[each] for each in moved.examples["languages"])
    assert len(moved.examples["languages"]) == 5
    assert not any(text in telling.headline(moved) + telling.accuracy(moved) for text in by_id.values())
    profiles.record(lake, ("tweet-sentiment", 2), "b" * 64, made(seed=2).encoded)
    score(lake, without_labels(tweets(drawn, 1_000, words=WORDS)), 2, 4_501, NOW + timedelta(hours=2), NOW)
    health.update()
    newest, before = report.of(lake)
    assert (newest.model_version, newest.tweets, newest.alarms, newest.is_newest) == (2, 1_000, [], True)
    assert (before.model_version, before.is_newest, before.alarms[:1]) == (1, False, ["languages"])


def test_a_version_of_before_profiles_goes_on_and_is_said_not_to_be_judged(lake: Lake) -> None:
    score(lake, tweets(np.random.default_rng(22), 100, words=WORDS), 1, 1, NOW, NOW)
    Health(lake).update()
    [found] = report.of(lake)
    assert found.verdict is None
    assert found.alarms == []
    assert "not to be judged" in telling.headline(found)


def test_a_lake_whose_health_nobody_counts_has_nothing_to_report(lake: Lake) -> None:
    assert report.of(lake) == []
