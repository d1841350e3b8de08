from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, POSITIVE_INDEX, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import probe
from sentistream.scoring.probe_sentences import PAIRS, known_as, texts
from sentistream.scoring.sentiment import sentiments
from tests.support.scorers import FunctionScorer

SENSIBLE = np.array([[0.2, 0.7, 0.1]] * 8 + [[0.7, 0.2, 0.1]] * 8)


def judge(probabilities: np.ndarray, names: tuple[str, ...] = POLAR, band: NeutralBand | None = None) -> None:
    model = ModelVersion("m", 1, LabelMap(names), band or NeutralBand(), "run")
    probe.require_sensible(pa.array(probabilities[:, POSITIVE_INDEX]), sentiments(probabilities, model), model)


def test_sensible_models_pass() -> None:
    judge(SENSIBLE, WITH_NEUTRAL)
    polar = SENSIBLE[:, :2] + 0.05
    judge(polar)
    judge(polar, band=NeutralBand(0.1, 0.9))
    judge(np.where(np.arange(16)[:, None] < 2, polar[::-1], polar))


@pytest.mark.parametrize(
    ("probabilities", "names", "sentence"),
    [
        (SENSIBLE[::-1, :2], POLAR, "only in 0 of 8 pairs"),
        (np.full((16, 2), 0.5), POLAR, "only in 0 of 8 pairs"),
        (np.full((16, 2), np.nan), POLAR, "gives no probability"),
        (np.full((16, 2), 1.5), POLAR, "gives no probability"),
        (np.array([[0.1, 0.9]] * 8 + [[0.2, 0.8]] * 8), POLAR, "calls 8 of 8 clearly negative ones positive"),
        (SENSIBLE[:, [2, 1, 0]], WITH_NEUTRAL, "calls 8 of 8 clearly negative ones neutral"),
        (SENSIBLE[:, [0, 2, 1]], WITH_NEUTRAL, "only in 0 of 8 pairs"),
    ],
    ids=[
        "inverted",
        "constant",
        "no number",
        "out of range",
        "all positive",
        "negative and neutral swapped",
        "positive and neutral swapped",
    ],
)
def test_a_wrong_model_is_refused(probabilities: np.ndarray, names: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        judge(probabilities, names)


KNOWN = {text: number for language in PAIRS for number, text in enumerate(texts(language))}
"""Sentence → its place among its language's; the first half is positive."""


def knowing(language: str, order: tuple[int, ...], languages: tuple[str, ...] | None = None) -> FunctionScorer:
    """A three-class model that knows one language's words, with its classes in some order; all else is neutral to it."""
    version = ModelVersion("m", 1, LabelMap(WITH_NEUTRAL), NeutralBand(), "run", languages=languages)

    def of_text(text: str) -> tuple[float, ...]:
        right = (0.2, 0.2, 0.6)
        if text in texts(language):
            right = (0.1, 0.7, 0.2) if KNOWN[text] < len(PAIRS[language]) else (0.7, 0.1, 0.2)
        return tuple(right[each] for each in order)

    return FunctionScorer(version, of_text)


@pytest.mark.parametrize("language", PAIRS)
def test_classes_in_another_order_are_found_in_each_language(language: str) -> None:
    own, *others = permutations(range(3))
    assert probe.proved_languages(knowing(language, own), [language]) == [language]
    for order in others:
        with pytest.raises(UserError, match="scores plain sentences wrongly"):
            probe.proved_languages(knowing(language, order), [language])


def test_a_language_whose_words_a_model_does_not_know_is_neither_proved_nor_refused() -> None:
    assert probe.proved_languages(knowing("es", (0, 1, 2)), ["es", "fr", "en"]) == ["es"]
    with pytest.raises(UserError, match="only in 0 of 8 pairs"):
        probe.proved_languages(knowing("es", (0, 1, 2)), ["en", "es"])


def test_a_version_is_asked_again_in_the_languages_that_it_was_proved_in_and_in_english_only_there() -> None:
    spanish = knowing("es", (0, 1, 2), languages=("es",))
    probe.require_sensible_probabilities(spanish.score(probe.TEXTS), spanish.version)
    probe.require_own_languages(spanish)
    with pytest.raises(UserError, match="scores plain sentences wrongly"):
        probe.require_own_languages(knowing("es", (2, 1, 0), languages=("es",)))
    with pytest.raises(UserError, match="no longer passes the probe in the language es"):
        probe.require_own_languages(knowing("fr", (0, 1, 2), languages=("es",)))
    nothing_said = knowing("es", (0, 1, 2))
    with pytest.raises(UserError, match="only in 0 of 8 pairs"):
        probe.require_sensible_probabilities(nothing_said.score(probe.TEXTS), nothing_said.version)


@pytest.mark.parametrize("languages", [("und",), ("ja", "xx")], ids=str)
def test_one_that_was_proved_in_no_language_is_refused_where_it_is_wrong_in_any(languages: tuple[str, ...]) -> None:
    probe.require_own_languages(knowing("fr", (0, 1, 2), languages=languages))
    for language in PAIRS:
        with pytest.raises(UserError, match="scores plain sentences wrongly"):
            probe.require_own_languages(knowing(language, (1, 0, 2), languages=languages))


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-US", "en"),
        ("EN", "en"),
        ("es-MX", "es"),
        ("pt_BR", "pt"),
        ("hi-latn-IN", "hi-Latn"),
        ("hi-IN", "hi"),
        ("und", "und"),
        ("ja", "ja"),
    ],
)
def test_a_language_is_known_however_its_tag_is_written(tag: str, language: str) -> None:
    assert known_as(tag) == language


def test_the_sentences_of_a_pair_differ_in_their_words_alone() -> None:
    for pairs in PAIRS.values():
        assert len(pairs) == 8
        assert len({each for pair in pairs for each in pair}) == 16
        assert not any(set(each) & set('.,;!?"') for pair in pairs for each in pair)
