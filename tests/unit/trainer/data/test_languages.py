from sentistream.scoring.probe_sentences import PAIRS, texts
from trainer.data.languages import TELLING, languages_of


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
