"""Same text, same score: alone or in any batch, in any order, sent elsewhere or not (docs/design.md, invariant 1)."""

import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ONNX, ModelVersion
from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS
from sentistream.scoring import golden, proven
from sentistream.scoring.onnx import padded
from sentistream.scoring.onnx.flavour import OnnxScorer
from sentistream.scoring.onnx.model import OnnxModel
from sentistream.scoring.sentiment import Probabilities
from tests.support import graphs

VERSION = ModelVersion("m", 3, LabelMap(POLAR), NeutralBand(), "run", flavour=ONNX)
SIZES = (1, 2, 3, 7, 16, 64, 256)
WORDS = [
    "the",
    "good",
    "bad",
    "day",
    "is",
    "it",
    "lovely",
    "awful",
    "not",
    "and",
    "my",
    "@you",
    "https://a.b",
    "😀",
    "song",
]


@pytest.fixture(scope="module", params=["int8", "fp32"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OnnxModel:
    return graphs.write(tmp_path_factory.mktemp("version"), request.param)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    rng = np.random.default_rng(1)
    return [" ".join(rng.choice(WORDS, rng.integers(1, 30))) for _ in range(300)]


def in_batches(model: OnnxModel, texts: list[str], size: int) -> Probabilities:
    parts = [model.score(model.normalised(texts[begin : begin + size])) for begin in range(0, len(texts), size)]
    return np.concatenate(parts)


def test_neither_order_nor_batch_changes_a_bit(
    model: OnnxModel, texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = in_batches(model, texts, len(texts))
    assert np.ptp(expected[:, 0]) > 0.1
    exact = model.described.precision == "int8"
    for seed, size in enumerate(SIZES):
        order = np.random.default_rng(seed).permutation(len(texts))
        # However many texts a batch takes, too.
        monkeypatch.setattr(padded, "MOST", size)
        found = in_batches(model, [texts[at] for at in order], size)
        assert np.abs(found - expected[order]).max() <= (0 if exact else 1e-5)


def test_a_text_of_ten_thousand_emoji_and_the_longest_are_scored(model: OnnxModel) -> None:
    found = model.score(model.normalised(["😂" * 10_000, "good " * (MAX_TEXT_CHARACTERS // 5), ""]))
    assert ((found > 0) & (found < 1)).all()
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6)


def test_columns_are_told_by_the_names_of_the_classes(tmp_path: Path) -> None:
    as_is = graphs.write(tmp_path / "as is")
    exchanged = graphs.write(tmp_path / "exchanged", classes=("positive", "negative"))
    first, second = (each.score(each.normalised(golden.TEXTS)) for each in (as_is, exchanged))
    assert (first[:, ::-1] == second).all()


def test_it_travels_with_its_files_and_scores_the_same(model: OnnxModel, texts: list[str]) -> None:
    scorer = OnnxScorer(VERSION, model)
    sent = pickle.loads(pickle.dumps(scorer))  # noqa: S301 - our own
    assert (sent.score(texts) == scorer.score(texts)).all()


def test_a_repeated_text_is_computed_once_and_says_nothing_of_the_speed(model: OnnxModel) -> None:
    computed: list[int] = []

    class Watched(OnnxModel):
        def score(self, texts: "list[str]") -> Probabilities:  # type: ignore[override]
            computed.append(len(texts))
            return super().score(texts)

    scorer = OnnxScorer(VERSION, Watched(model._folder, model.described))
    texts = pa.array(["a good day", "a bad day", "a good day", "@other a bad day", "@one a bad day"])
    found = scorer.score(texts)
    assert (found[0] == found[2]).all()
    assert (found[3] == found[4]).all()
    assert (scorer.score(texts.slice(1)) == found[1:]).all()
    assert computed == [3]
    assert scorer.tweets_per_second is None


def test_warming_up_tells_the_speed_of_what_is_computed(model: OnnxModel) -> None:
    scorer = OnnxScorer(VERSION, model)
    proven.warm_up(scorer)
    computing = scorer.tweets_per_second
    assert computing is not None
    texts = ["the same again"] * 10_000
    scorer.score(texts)
    scorer.score(texts)
    # One text more was computed, and twenty thousand answered. A busy machine makes it slower, never faster.
    assert scorer.tweets_per_second < 10 * computing
