import numpy as np
import pyarrow as pa
import pytest

from sentistream.contracts.split import HOLDOUT, part_of
from sentistream.errors import UserError
from sentistream.lake.declared import ddl
from sentistream.lake.health import counting
from sentistream.lake.health.counting import TEXTS
from sentistream.lake.tables import MODEL_HEALTH, table_sql
from tests.support.drifting import made, tweets, vocabulary, without_labels
from tests.support.lake_rows import NOW


def in_the_lake(rows: pa.Table, versions: list[int]) -> pa.Table:
    others = {
        "lang": pa.array((["en", "de"] * rows.num_rows)[: rows.num_rows]),
        "created_at": pa.array([NOW] * rows.num_rows, counting.INSTANT),
        "kafka_timestamp": pa.array([NOW] * rows.num_rows, counting.INSTANT),
        "model_name": pa.array(["tweet-sentiment"] * rows.num_rows),
        "model_version": pa.array(versions, pa.int32()),
    }
    for name, column in others.items():
        rows = rows.append_column(name, column)
    return rows


def test_tweets_that_a_version_may_have_been_trained_on_do_not_count() -> None:
    labelled = tweets(np.random.default_rng(32), 400, words=vocabulary(1_500))
    rows = pa.concat_tables([labelled, without_labels(labelled.slice(0, 50))])
    of_holdout = sum(part_of(text) in HOLDOUT for text in labelled["text"].to_pylist())
    assert 0 < of_holdout < 400
    [counts] = counting.counted(in_the_lake(rows, [1] * 450), {("tweet-sentiment", 1): made(rows=300)})
    met = counting.met(counts)
    assert met.tweets == met.counts["scores"].sum() == met.counts["texts"][0] == of_holdout + 50
    assert met.counts["labelled"][0] == of_holdout


def test_of_a_batch_of_many_all_scores_and_some_texts_are_counted() -> None:
    drawn = without_labels(tweets(np.random.default_rng(31), 5_000, words=vocabulary(1_500)))
    rows = in_the_lake(drawn, [1] * 4_000 + [2] * 1_000)
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


def test_rows_that_another_program_wrote_are_refused_in_a_sentence() -> None:
    drawn = without_labels(tweets(np.random.default_rng(33), 20, words=vocabulary(1_500)))
    profiles = {("tweet-sentiment", 1): made(rows=300)}
    schema = pa.schema(ddl.schema(table_sql(MODEL_HEALTH)).to_arrow())
    rows = counting.as_rows(counting.added(counting.counted(in_the_lake(drawn, [1] * 20), profiles)), profiles, schema)
    assert counting.met(counting.as_counts(rows)).tweets == 20
    short = pa.array([[1, 2]] * rows.num_rows, rows["scores"].type)
    with pytest.raises(UserError, match=r"gold/model_health has rows whose column scores does not have 10 numbers"):
        counting.as_counts(rows.set_column(rows.column_names.index("scores"), "scores", short))
