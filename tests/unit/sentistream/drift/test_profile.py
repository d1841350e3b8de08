import numpy as np
import orjson
import pyarrow as pa
import pytest

from sentistream.contracts import split
from sentistream.contracts.labels import WITH_NEUTRAL, LabelMap
from sentistream.contracts.split import HOLDOUT, part_of
from sentistream.drift import profile
from sentistream.drift.profile import parse
from sentistream.errors import UserError
from tests.support.drifting import TELLING, made, tweets, vocabulary


def test_a_profile_is_read_as_it_was_written_and_holds_no_word() -> None:
    before = made(rows=300)
    after = parse(before.encoded)
    assert after.encoded == before.encoded
    assert {name: each.tolist() for name, each in after.counts.items()} == {
        name: each.tolist() for name, each in before.counts.items()
    }
    words = [*vocabulary(1_500), *TELLING]
    assert [word for word in words if len(word) > 4 and word.encode() in before.encoded] == []


def test_each_decile_of_the_held_out_rows_has_a_tenth_of_them() -> None:
    counts = made(rows=1_000).counts
    assert np.abs(counts["scores"] - 100).max() <= 2
    assert counts["lengths"].sum() == 1_000


def test_what_is_no_profile_or_does_not_fit_itself_is_refused() -> None:
    good = orjson.loads(made(rows=300).encoded)
    spoilt = (
        b"",
        b"[]",
        b"{}",
        orjson.dumps({**good, "counts": {**good["counts"], "scores": [1]}}),
        orjson.dumps({**good, "score_edges": [0.5, 0.4]}),
        orjson.dumps({**good, "language_of": [99]}),
        orjson.dumps({**good, "known": "no base64"}),
        orjson.dumps({**good, "labels": "positive,negative"}),
        b" " * (profile.MOST_BYTES + 1),
    )
    for written in spoilt:
        with pytest.raises(UserError):
            parse(written)
    with pytest.raises(UserError, match="newer"):
        parse(orjson.dumps({**good, "profile": 2}))


def test_only_labels_of_the_holdout_count_and_of_a_version_that_kept_it() -> None:
    drawn = np.random.default_rng(5)
    rows = tweets(drawn, 400, words=vocabulary(1_500))
    kept = profile.of(made().yardstick.labels, split.NAME, rows["text"], rows, TELLING)
    held_out = [part_of(text) in HOLDOUT for text in rows["text"].to_pylist()]
    assert kept.counts["labelled"][0] == sum(held_out) > 0
    said = zip(rows["p_positive"].to_pylist(), rows["label"].to_pylist(), held_out, strict=True)
    assert kept.counts["correct"][0] == sum((p >= 0.5) == (label == "positive") for p, label, counts in said if counts)
    foreign = profile.of(made().yardstick.labels, "", rows["text"], rows, TELLING)
    assert foreign.counts["labelled"][0] == 0
    assert foreign.accuracy is None


def test_of_three_classes_the_sentiment_is_the_answer_and_confidence_is_not_known() -> None:
    texts = [f"tweet {word}" for word in vocabulary(200)]
    rows = pa.table(
        {
            "text": texts,
            "p_positive": pa.array([0.4] * 200),
            "sentiment": ["neutral"] * 200,
            "label": ["neutral"] * 100 + ["positive"] * 100,
        }
    )
    told = profile.of(LabelMap(WITH_NEUTRAL), split.NAME, rows["text"], rows, TELLING)
    held_out = [part_of(text) in HOLDOUT for text in texts]
    assert told.counts["labelled"][0] == sum(held_out)
    assert told.counts["correct"][0] == sum(held_out[:100])
    assert np.isnan(told.confidence)
    assert np.isnan(parse(told.encoded).confidence)
