from pathlib import Path

import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap
from sentistream.scoring.mllib.linear import Affine
from sentistream.scoring.mllib.ngrams import Grams, Vectoriser
from trainer.report.ngrams import Strongest, heaviest, readable, strongest


def vectoriser(*terms: str) -> Vectoriser:
    return Vectoriser(Grams("words", (1,)), len(terms), True, terms)


def margins(sizes: list[int], weights: list[list[float]]) -> Affine:
    of = np.repeat(np.arange(len(sizes)), sizes)
    return Affine(of, np.concatenate([np.arange(size) for size in sizes]), np.array(weights), np.zeros(len(weights)))


def shown(found: list[Strongest] | str) -> dict[str, list[tuple[str, float]]]:
    assert not isinstance(found, str)
    [only] = found
    return {label: [(gram.text, gram.weight) for gram in grams] for label, grams in only.by_label.items()}


def test_one_margin_is_that_of_positive() -> None:
    found = heaviest([vectoriser("love", "hate", "not good")], margins([3], [[2.0, -3.0, -1.0]]), LabelMap(POLAR))
    assert shown(found) == {"positive": [("love", 2.0)], "negative": [("hate", 3.0), ("not good", 1.0)]}


def test_two_margins_are_positive_against_negative() -> None:
    found = heaviest([vectoriser("love", "hate")], margins([2], [[-4.0, -1.0], [-1.0, -3.0]]), LabelMap(POLAR))
    assert shown(found) == {"positive": [("love", 3.0)], "negative": [("hate", 2.0)]}


def test_of_three_classes_each_is_against_the_others_mean() -> None:
    weights = [[0.0, 4.0], [6.0, 0.0], [0.0, 2.0]]
    found = shown(heaviest([vectoriser("love", "hate")], margins([2], weights), LabelMap(WITH_NEUTRAL)))
    assert found["positive"] == [("love", 6.0)]
    assert found["negative"] == [("hate", 3.0)]
    assert list(found) == ["negative", "neutral", "positive"]


def test_words_and_characters_are_told_apart() -> None:
    given = [vectoriser("love", "i"), vectoriser("l o v", "_ s o")]
    found = heaviest(given, margins([2, 2], [[1.0, 0.5, 0.2, 0.1]]), LabelMap(POLAR))
    assert not isinstance(found, str)
    assert [(each.kind, each.size) for each in found] == [("words", 2), ("characters", 2)]
    assert [gram.text for gram in found[1].by_label["positive"]] == ["lov", "␣so"]


def test_links_and_names_are_hidden() -> None:
    assert readable("thanks @someone_1 http://a.example/b", spelt=False) == "thanks [name] [link]"
    assert readable("_user_ thanks _smile_", spelt=False) == "[name] thanks [smile]"


def test_hashed_ngrams_cannot_be_named() -> None:
    hashed = Vectoriser(Grams("words", (1,)), 2, True, None)
    assert "hashes" in str(heaviest([hashed], margins([2], [[1.0, 2.0]]), LabelMap(POLAR)))


def test_a_model_that_does_not_compile_says_why(tmp_path: Path) -> None:
    assert str(strongest(tmp_path, LabelMap(POLAR))).startswith("Its weights are not those of n-grams")


@pytest.mark.parametrize("kind", ["words", "characters"])
def test_an_ngram_is_readable_as_it_stands(kind: str) -> None:
    assert readable("a b", spelt=kind == "characters") == ("a b" if kind == "words" else "ab")
