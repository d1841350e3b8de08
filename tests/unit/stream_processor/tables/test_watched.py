"""The watched series, counted from real gold."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from sentistream.errors import UserError
from sentistream.lake.tables import SCORED
from stream_processor.settings import MOST_WATCHED, TablesSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.tables.gold import Gold
from stream_processor.tables.watched import FRESH_SECONDS, Share, Watched
from tests.support.gold_rows import tweet_at
from tests.support.lake_rows import NOW, TOPIC, batch, empty_lake

SERIES = '{"all": {}, "b in German": {"rule": "b", "lang": "de"}, "b": {"rule": "b"}, "German": {"lang": "de"}, "nobody": {"rule": "x"}}'


def settings(series: str) -> TablesSettings:
    return TablesSettings.from_options(watch_series=series)


def test_each_series_is_the_last_hour_of_its_rule_and_language(tmp_path: Path) -> None:
    lake = empty_lake(tmp_path / "a lake")
    minutes = (-200, -61, -59, -30, -1)
    kinds = (("en", ()), ("de", ("a", "b")), ("de", ("b",)), ("en", ("b",)))
    values = [
        tweet_at(number, (NOW + timedelta(minutes=minute)).isoformat(), *kind)
        for number, (minute, kind) in enumerate(((minute, kind) for minute in minutes for kind in kinds), 1)
    ]
    scored = batch(values)
    said = pa.array(["negative" if number % 3 else "positive" for number in range(len(values))])
    LakeSink(lake, TOPIC).append(scored.set_column(scored.schema.get_field_index("sentiment"), "sentiment", said))
    gold = Gold(lake)
    gold.update()
    gold.finish()
    now = NOW.timestamp()
    watched = Watched(lake, settings(SERIES).watch_series, lambda: now)
    assert watched.shares == {}
    watched.look()

    since = NOW - timedelta(minutes=60)
    rows = [row for row in lake.require(SCORED).to_pyarrow_table().to_pylist() if row["created_at"] > since]
    of = {
        "all": rows,
        "b in German": [row for row in rows if "b" in row["rules"] and row["lang"] == "de"],
        "b": [row for row in rows if "b" in row["rules"]],
        "German": [row for row in rows if row["lang"] == "de"],
        "nobody": [],
    }
    assert {name: len(chosen) for name, chosen in of.items()} == {
        "all": 12,
        "b in German": 6,
        "b": 9,
        "German": 6,
        "nobody": 0,
    }
    assert watched.shares == {
        name: Share(len(chosen), sum(row["sentiment"] == "negative" for row in chosen)) for name, chosen in of.items()
    }
    assert watched.shares["nobody"].of_negative is None
    # Of a look that was long ago nobody knows what it says now.
    now += FRESH_SECONDS
    assert watched.shares == {}


@pytest.mark.parametrize(
    ("series", "allowed"),
    [
        ("all", "should be a JSON object"),
        ('["all"]', "should be a JSON object"),
        ('{"all": "en"}', "should be a JSON object"),
        ('{"all": {}, "all": {"lang": "en"}}', "names a series twice"),
        ('{"a\\"b": {}}', "this is not how it is written"),
        ('{"all": {"language": "en"}}', "Extra inputs are not permitted"),
        ("{" + ", ".join(f'"s{number}": {{}}' for number in range(MOST_WATCHED + 1)) + "}", "at most 50"),
    ],
)
def test_what_is_no_list_of_series_is_refused(series: str, allowed: str) -> None:
    with pytest.raises(UserError, match=r"^WATCH_SERIES") as refusal:
        settings(series)
    assert allowed in str(refusal.value)


def test_nothing_is_watched_by_default() -> None:
    assert settings("").watch_series == TablesSettings.from_options().watch_series == ()
