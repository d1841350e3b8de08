import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, LabelMap
from sentistream.evaluation.predictions import Predictions
from trainer.report.errors import LEAST, NAMED, WRITTEN, by_category, by_confidence

PLAIN = "we walked home and then it rained"


def categories(text: str) -> set[str]:
    """Categories of the form “holds …” that a text is in."""
    texts = [text] * LEAST + [PLAIN] * LEAST
    found = by_category(texts, np.zeros(len(texts)), np.ones(len(texts), bool))
    return {rate.name for rate in found if rate.group == "holds"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see http://a.example/4:/x", {"holds a link"}),
        ("hi @n0body", {"holds a mention"}),
        ("a #day", {"holds a hashtag"}),
        ("it isn’t here", {"holds a negation"}),
        ("I dont know", {"holds a negation"}),
        ("fine but late", {"holds “but”"}),
        ("what? wow!", {"holds a question mark", "holds an exclamation mark"}),
        ("well…", {"holds an ellipsis"}),
        ("nice :)", {"holds an emoticon or emoji"}),
        ("nice \U0001f600", {"holds an emoticon or emoji"}),
        ("so TIRED", {"holds a word in capitals"}),
        ("sooo", {"holds a drawn-out word"}),
        ("at 7", {"holds a digit"}),
        ("привет", {"holds another script than Latin"}),
    ],
)
def test_a_text_is_in_the_categories_that_a_reader_would_put_it_in(text: str, expected: set[str]) -> None:
    assert categories(text) == expected


def test_no_category_is_never_tried() -> None:
    assert len({*NAMED, *WRITTEN}) == 13


def test_an_error_rate_is_compared_with_that_of_all_other_rows() -> None:
    texts = ["why?"] * 40 + [PLAIN] * 60
    correct = np.array([False] * 30 + [True] * 10 + [False] * 6 + [True] * 54)
    rates = by_category(texts, np.zeros(100), correct)
    [asked] = [rate for rate in rates if rate.name == "holds a question mark"]
    assert (asked.rows, asked.errors, asked.rate, asked.rest) == (40, 30, 0.75, 0.1)
    assert asked.difference[0] < 0.65 < asked.difference[1]
    assert asked.verdict == "more"


def test_bands_share_the_rows_out() -> None:
    texts = ["x" * length for length in (40, 41, 80, 81, 120, 121) for _ in range(LEAST)]
    rates = by_category(texts, np.repeat([0.0, 0.1, 0.25, 0.3, 0.0, 0.0], LEAST), np.ones(len(texts), bool))
    rows = {rate.name: rate.rows // LEAST for rate in rates}
    assert [rows[f"{band} characters"] for band in ("up to 40", "41–80", "81–120", "above 120")] == [1, 2, 2, 1]
    assert [rows[band] for band in ("no unseen word", "up to 10 % unseen words", "10–25 % unseen words")] == [3, 1, 1]


def test_a_category_of_few_rows_says_nothing() -> None:
    texts = ["why?"] * (LEAST - 1) + [PLAIN] * 60
    rates = by_category(texts, np.zeros(len(texts)), np.ones(len(texts), bool))
    assert [rate.name for rate in rates] == ["5–9 words"]


def test_confidence_is_that_of_the_predicted_class() -> None:
    probabilities = np.array([[0.95, 0.05], [0.08, 0.92], [0.55, 0.45], [0.0, 1.0]])
    bands = by_confidence(Predictions(LabelMap(POLAR), np.arange(4), np.array([0, 0, 0, 1]), probabilities))
    assert [(band.low, band.high, band.rows) for band in bands] == [(0.5, 0.6, 1), (0.9, 1.0, 3)]
    assert bands[1].accuracy == pytest.approx(2 / 3)
    assert bands[1].confidence == pytest.approx((0.95 + 0.92 + 1.0) / 3)
