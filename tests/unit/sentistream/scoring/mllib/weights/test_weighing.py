"""What the n-grams of a text add is what the kernel adds, and where they stand is where they were read."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentistream.scoring.mllib import CompiledPipeline, kernel
from sentistream.scoring.mllib.linear import Affine
from sentistream.scoring.mllib.ngrams import Grams, Vectoriser
from sentistream.scoring.mllib.plan import Plan
from sentistream.scoring.mllib.regex.program import compile_pattern
from sentistream.scoring.mllib.text import LOWER, Operation, Replace, Tokeniser, Translate
from sentistream.scoring.mllib.weights.weighing import Weighed, weighed
from tests.support import saved_pipelines as saved
from tests.support.nasty import NASTY
from trainer.features import cleaning

EXACT = 1e-9
ODD = [
    *NASTY,
    "",
    " ",
    "İstanbul ΟΔΟΣ ΑΣ",
    "can't cannot won't SOOOO cool!!! @Someone http://x.example/y &amp;lt; :-) </3",
    "good bad " * 300,
    "not good not good",
    "  two  spaces ",
    "🚀🚀 naïve 日本語 don’t",
]
ALPHABET = "agodbn tİΣ'!?.@:) \n&;<3_🚀"


def trained() -> tuple[Operation, ...]:
    """The trainer's own cleaning."""
    entities = [
        Replace(compile_pattern("".join(f"\\x{{{ord(each):x}}}" for each in old), new.replace("\\", "")))
        for old, new in cleaning.ENTITIES
    ]
    pairs = zip(cleaning.UPPER, cleaning.LOWER.replace("\\", ""), strict=True)
    replaced = [Replace(compile_pattern(pattern, by)) for pattern, by in cleaning.REPLACEMENTS]
    return (*entities, Translate(tuple((ord(a), ord(b)) for a, b in pairs)), *replaced)


TOKENISERS = {
    "words": Tokeniser(trained(), compile_pattern(cleaning.TOKEN), kernel.FIND),
    "characters": Tokeniser((), compile_pattern(r"[^\s]"), kernel.FIND),
    "java's": Tokeniser((LOWER,), compile_pattern(r"\s"), kernel.SPLIT_WITH_EMPTY, True),
    "gaps": Tokeniser((LOWER,), compile_pattern(r"[\s!]+"), kernel.SPLIT, True),
}
TERMS = (
    *("good", "bad", "not", "a", "b", "_smile_", "_url_", "!", "ca", "", "istanbul", "longer than nine".replace(" ", "")),
    *("not good", "ca not", "good bad", "g o", "o o d", "a b", "good bad good", "b a d b", " "),
)  # fmt: skip


def pipeline(name: str, *, binary: bool, margins: int, hashed: bool) -> CompiledPipeline:
    """Random weights over a vocabulary, and buckets so few that n-grams share them."""
    rng = np.random.default_rng(5)
    grams = Grams("t", (1, 2, 3))
    vectorisers = [Vectoriser(grams, len(TERMS), binary, TERMS)]
    vectorisers += [Vectoriser(grams, 7, binary, None), Vectoriser(grams, 1 << 10, not binary, None)] * hashed
    sizes = [each.size for each in vectorisers]
    weights = rng.normal(size=(margins, sum(sizes))) * (rng.random(sum(sizes)) < (0.8 if hashed else 1))
    of = np.repeat(np.arange(len(sizes)), sizes)
    affine = Affine(of, np.concatenate([np.arange(size) for size in sizes]), weights, rng.normal(size=margins))
    return CompiledPipeline.from_plan(
        Plan({"t": TOKENISERS[name]}, tuple(vectorisers), affine, "logistic" if margins == 1 else "softmax")
    )


@pytest.fixture(scope="module", params=TOKENISERS)
def pipelines(request: pytest.FixtureRequest) -> list[CompiledPipeline]:
    return [
        pipeline(request.param, binary=binary, margins=margins, hashed=hashed)
        for binary, margins, hashed in ((True, 1, False), (False, 3, True), (True, 2, True))
    ]


def assert_adds_up(made: CompiledPipeline, text: str) -> None:
    """To what the kernel makes of the text, and so to the log-odds of its probabilities, where these don't reach 0 or 1."""
    given, of_text = pa.array([text], pa.large_string()), found(made, text)
    [margins], [p] = made.margins(given), made.score(given)
    sums = np.sum([each.margins for each in of_text.grams], axis=0) + of_text.bias
    assert sums == pytest.approx(margins, rel=EXACT, abs=EXACT)
    for towards in range(1, made.classes):
        if p[0] > 1e-5 and p[towards] > 1e-5:
            assert of_text.log_odds(towards, 0) == pytest.approx(math.log(p[towards] / p[0]), abs=EXACT)


def found(made: CompiledPipeline, text: str) -> Weighed:
    result = weighed(made, text)
    assert result is not None
    return result


@pytest.mark.parametrize("text", ODD)
def test_the_contributions_add_up_to_the_log_odds(pipelines: list[CompiledPipeline], text: str) -> None:
    for made in pipelines:
        assert_adds_up(made, text)


@settings(max_examples=50)
@given(text=st.text(ALPHABET, max_size=60))
def test_the_contributions_of_any_text_add_up(pipelines: list[CompiledPipeline], text: str) -> None:
    for made in pipelines:
        assert_adds_up(made, text)


def places(made: CompiledPipeline, text: str) -> dict[str, list[str]]:
    """N-gram → the text of each token, occurrence after occurrence."""
    return {
        " ".join(gram.words): [text[slice(*span)] for spans in gram.places for span in spans]
        for gram in found(made, text).grams
    }


def test_each_ngram_is_shown_where_it_stands_in_the_text_as_it_was_written() -> None:
    made = pipeline("words", binary=True, margins=1, hashed=False)
    made_of = places(made, "I CAN'T &amp; it's NOT goooood, İ not good :-) http://x.example")
    assert made_of["ca not"] == ["CAN'T", "CAN'T"]
    assert made_of["not good"] == ["NOT", "goooood", "not", "good"]
    assert made_of["good"] == ["goooood", "good"]
    assert made_of["not"] == ["CAN'T", "NOT", "not"]
    assert made_of["_smile_"] == [":-)"]
    assert made_of["_url_"] == ["http://x.example"]
    gaps = pipeline("gaps", binary=False, margins=1, hashed=False)
    # Lower case makes two letters of the first.
    assert places(gaps, "İSTANBUL good!bad") == {"good": ["good"], "bad": ["bad"], "good bad": ["good", "bad"]}


def test_a_text_that_comes_again_counts_as_the_vectoriser_counts() -> None:
    once, each = (pipeline("words", binary=binary, margins=1, hashed=False) for binary in (True, False))
    for made, times in ((once, 1), (each, 3)):
        one = next(gram for gram in found(made, "good").grams if gram.words == ("good",))
        three = next(gram for gram in found(made, "good good good").grams if gram.words == ("good",))
        assert three.margins == pytest.approx(times * one.margins)
        assert len(three.places) == 3


def test_ngrams_that_share_a_bucket_are_told_together() -> None:
    made = pipeline("words", binary=True, margins=1, hashed=True)
    grams = [each for each in found(made, "a b c d e f g h").grams if each.others]
    assert grams
    assert all("share its bucket" in each.readable for each in grams)


def test_trees_are_no_sum(tmp_path: Path) -> None:
    made = CompiledPipeline.from_saved(saved.write(tmp_path / "t", saved.ending_in(saved.tree())))
    assert weighed(made, "good") is None


def test_every_kind_of_linear_pipeline_that_is_saved_is_weighed(tmp_path: Path) -> None:
    for number, stages in enumerate(
        (saved.linear(), saved.ending_in(saved.bayes()), saved.ending_in(saved.machine(), saved.calibration()))
    ):
        made = CompiledPipeline.from_saved(saved.write(tmp_path / str(number), stages))
        text = "good bad, I love this awful day"
        assert_adds_up(made, text)
