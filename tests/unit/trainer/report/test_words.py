import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, LabelMap
from trainer.report import words


def table(**texts: list[str]) -> pa.Table:
    rows = [(text, float(POLAR.index(label))) for label, each in texts.items() for text in each]
    return pa.table({"text": [text for text, _ in rows], "label": [label for _, label in rows]})


def test_links_and_names_are_not_words() -> None:
    found = words.words(pa.array(["See HTTP://a.example/x, @Some_One &amp; don’t wait 4 me!", "", "…", "été привет"]))
    assert found.to_pylist() == [["see", "don’t", "wait", "me"], [], [], ["été", "привет"]]


def test_a_word_counts_once_a_row() -> None:
    counted = words.count(table(negative=["bad bad day", "bad"], positive=["day"]), LabelMap(POLAR))
    [first, second] = counted.most_frequent("negative", 5)
    assert (first.text, first.rows, first.shares) == ("bad", 2, {"negative": 1.0, "positive": 0.0})
    assert (second.text, second.rows, second.shares) == ("day", 2, {"negative": 0.5, "positive": 1.0})


def test_typical_words_lead_over_the_other_classes() -> None:
    counted = words.count(table(negative=["the bad", "the bad", "the"], positive=["the good", "the"]), LabelMap(POLAR))
    assert [word.text for word in counted.most_typical("negative", 1)] == ["bad"]
    assert [word.text for word in counted.most_typical("positive", 1)] == ["good"]


def test_a_word_that_training_lacks_is_unseen() -> None:
    counted = words.count(table(negative=["bad day"], positive=["good day"]), LabelMap(POLAR))
    shares = counted.unseen_share(pa.array(["good day", "good evening", "@x", "all new"]))
    assert shares.tolist() == pytest.approx([0, 0.5, 0, 1])
