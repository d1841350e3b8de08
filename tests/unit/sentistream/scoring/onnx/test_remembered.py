"""What is remembered is bounded, and the same as what is computed."""

from collections.abc import Sequence

import numpy as np

from sentistream.scoring.onnx.remembered import LONGEST, Remembered
from sentistream.scoring.sentiment import Probabilities


class Counted:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Probabilities:
        self.texts += texts
        return np.array([[len(text), 1.0] for text in texts])


def test_the_texts_that_came_last_are_remembered_and_no_others() -> None:
    computed = Counted()
    remembered = Remembered(most=10)
    texts = [f"text {number}" for number in range(20)]
    for each in (texts, texts[10:], texts[:1]):
        found = remembered.score(each, 2, computed)
        assert found.tolist() == [[len(text), 1.0] for text in each]
    assert computed.texts == [*texts, texts[0]]


def test_a_long_text_is_not_kept_and_no_text_gives_no_row() -> None:
    computed = Counted()
    remembered = Remembered()
    long = "x" * (LONGEST + 1)
    assert remembered.score([long, long], 2, computed).tolist() == [[LONGEST + 1, 1.0]] * 2
    remembered.score([long], 2, computed)
    assert computed.texts == [long, long]
    assert remembered.score([], 2, computed).shape == (0, 2)
