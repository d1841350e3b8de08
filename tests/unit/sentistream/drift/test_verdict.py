from html import escape

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from sentistream.drift.profile import Profile
from sentistream.drift.verdict import Verdict, judged
from tests.support.drifting import made, met, tweets, vocabulary, without_labels

WORDS = vocabulary(1_500)


@pytest.fixture(scope="module")
def profile() -> Profile:
    return made()


def told(profile: Profile, rows: pa.Table) -> Verdict:
    return judged(profile, met(profile.yardstick, rows))


def with_texts(rows: pa.Table, texts: list[str]) -> pa.Table:
    return rows.set_column(0, "text", pa.array(texts))


def test_of_a_hundred_windows_of_the_same_distribution_at_most_one_raises_an_alarm(profile: Profile) -> None:
    drawn = np.random.default_rng(11)
    alarms = [told(profile, tweets(drawn, 1_000, words=WORDS)).alarms for _ in range(100)]
    assert sum(map(bool, alarms)) <= 1


def test_what_has_changed_is_named_first(profile: Profile) -> None:
    drawn = np.random.default_rng(12)
    usual = without_labels(tweets(drawn, 2_000, words=WORDS))
    texts = usual["text"].to_pylist()
    other_words = vocabulary(1_500, ending="x")
    met_now = {
        "languages": tweets(drawn, 2_000, words=other_words, telling=("merveilleux", "affreux")),
        "words": tweets(drawn, 2_000, words=[*WORDS[:1_000], *other_words[:500]]),
        "escapes": with_texts(usual, [escape(escape(f"{text} & more")) for text in texts]),
        "empty": with_texts(usual, ["https://t.co/abc @somebody", "…"] * 300 + texts[600:]),
        "entities": with_texts(usual, [f"{text} &lt;3" for text in texts[:800]] + texts[800:]),
        "length": with_texts(usual, [" ".join([text] * 3) for text in texts]),
    }
    assert {name: told(profile, rows).alarms[:1] for name, rows in met_now.items()} == {
        name: [name] for name in met_now
    }
    json_twice = [orjson.dumps(f"{text} \u2019").decode()[1:-1].encode().decode("latin-1") for text in texts]
    assert told(profile, with_texts(usual, [each.replace("â", "\\u2019") for each in json_twice])).alarms[:1] == [
        "escapes"
    ]


@pytest.mark.parametrize("positive", [0.4, 0.6])
def test_shares_that_swing_by_ten_points_are_reported_and_raise_no_alarm(profile: Profile, positive: float) -> None:
    said = told(profile, without_labels(tweets(np.random.default_rng(13), 2_000, words=WORDS, positive=positive)))
    assert said.alarms == []
    assert [each.trait for each in said.traits if each.noticed] == ["sentiments"]


def test_inverted_labels_are_an_alarm_where_labels_are_known_and_unknown_without(profile: Profile) -> None:
    drawn = np.random.default_rng(14)
    rows = tweets(drawn, 500, words=WORDS)
    assert told(profile, rows).alarms == []
    inverted = pc.if_else(pc.equal(rows["label"], "positive"), "negative", "positive")
    upside_down = told(profile, rows.set_column(3, "label", inverted))
    assert upside_down.alarms == ["accuracy"]
    assert upside_down.accuracy.inverted
    unlabelled = told(profile, without_labels(rows))
    assert unlabelled.alarms == []
    assert unlabelled.accuracy.measured is None


def test_an_accuracy_is_estimated_only_where_the_words_are_known(profile: Profile) -> None:
    drawn = np.random.default_rng(15)
    usual = told(profile, without_labels(tweets(drawn, 2_000, words=WORDS))).accuracy
    assert usual.estimated == pytest.approx(0.8, abs=0.04)
    other = told(profile, tweets(drawn, 2_000, words=vocabulary(1_500, ending="x"))).accuracy
    assert other.estimated is None
    assert "unknown" in other.why_unknown
