from collections.abc import Sequence

import pyarrow as pa

from sentistream.scoring.probe_sentences import PAIRS, texts
from trainer.data.languages import SAMPLE, TELLING
from trainer.data.languages import languages_of as of_column


def languages_of(texts: Sequence[str]) -> list[str]:
    return of_column(pa.chunked_array([pa.array(texts, pa.string())]))


def test_each_language_is_told_by_words_of_its_own() -> None:
    assert {language: languages_of(texts(language)) for language in PAIRS} == {
        language: [language] for language in PAIRS
    }
    assert min(sum(each == language for each in TELLING.values()) for language in PAIRS) >= 10


def test_a_few_words_of_another_language_are_not_its_language() -> None:
    mostly = [*texts("es")] * 20 + ["what a lovely, brilliant day"] * 6
    assert languages_of(mostly) == ["es"]
    assert languages_of([*texts("es")] * 20 + [*texts("en")] * 10) == ["es", "en"]


def test_texts_without_the_words_have_no_language() -> None:
    assert languages_of([]) == []
    assert languages_of(["fantastisk dag", "今日はとても楽しい"] * 100) == []


def test_of_many_texts_an_even_sample_tells() -> None:
    assert languages_of(["la mejor canción"] * SAMPLE + ["the best song"] * SAMPLE) == ["es", "en"]
