import numpy as np
import pyarrow as pa
import pytest

from sentistream.lake.health import counting
from sentistream.lake.health.counting import TEXTS
from tests.support.drifting import made, tweets, vocabulary
from tests.support.lake_rows import NOW


def test_of_a_batch_of_many_all_scores_and_some_texts_are_counted() -> None:
    rows = tweets(np.random.default_rng(31), 5_000, words=vocabulary(1_500))
    others = {
        "lang": pa.array(["en", "de"] * 2_500),
        "created_at": pa.array([NOW] * 5_000, counting.INSTANT),
        "kafka_timestamp": pa.array([NOW] * 5_000, counting.INSTANT),
        "model_name": pa.array(["tweet-sentiment"] * 5_000),
        "model_version": pa.array([1] * 4_000 + [2] * 1_000, pa.int32()),
    }
    for name, column in others.items():
        rows = rows.append_column(name, column)
    profile = made(rows=300)
    parts = counting.counted(rows, {("tweet-sentiment", 1): profile})
    counts = counting.added(parts)
    assert sorted(zip(counts["lang"].to_pylist(), counts["tweets"].to_pylist(), strict=True)) == [
        ("de", 500),
        ("de", 2_000),
        ("en", 500),
        ("en", 2_000),
    ]
    assert counting.added([counts, *parts])["tweets"].to_pylist() == [2 * each for each in counts["tweets"].to_pylist()]
    met = counting.met(counts)
    assert met.counts["scores"].sum() == met.tweets == 5_000
    assert met.counts["texts"][0] == met.counts["lengths"].sum() == TEXTS
    assert np.isnan(met.confidence)
    of_one = counting.met(counts.filter(pa.compute.equal(counts["model_version"], 1)))
    p = rows["p_positive"].to_numpy()[:4_000]
    assert of_one.confidence == pytest.approx(np.maximum(p, 1 - p).mean())
