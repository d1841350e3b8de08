import pytest

from sentistream.contracts.label_words import parse
from sentistream.errors import UserError
from trainer.neural.class_names import sentiments_of


def test_classes_are_told_by_their_names_in_the_models_own_order() -> None:
    assert sentiments_of(["negative", "neutral", "positive"], {}) == ("negative", "neutral", "positive")
    assert sentiments_of(["POS", "NEG"], {}) == ("positive", "negative")
    # What is said of a file's labels is none of the model's business.
    assert sentiments_of(["POS", "NEG"], {"4": "neutral"}) == ("positive", "negative")


def test_names_without_a_meaning_need_the_users_word() -> None:
    names = ["LABEL_0", "LABEL_1", "LABEL_2"]
    with pytest.raises(UserError, match=r"class LABEL_0 is of no known meaning.*--labels \"LABEL_0=negative"):
        sentiments_of(names, {})
    said = parse("LABEL_0=negative,LABEL_2=positive,LABEL_1=neutral")
    assert sentiments_of(names, said) == ("negative", "neutral", "positive")


@pytest.mark.parametrize(
    ("names", "said", "why"),
    [
        (["1", "0"], "", "class 1 is of no known meaning"),
        (["positive", "POS"], "", "needed once each"),
        (["positive", "neutral"], "", "needed once each"),
        (["positive", "negative", "spam"], "spam=skip", "left out by skip"),
        (["anger\x1b[2J", "joy"], "", r"anger\\x1b"),
    ],
)
def test_classes_that_are_no_sentiments_are_refused(names: list[str], said: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        sentiments_of(names, parse(said))
