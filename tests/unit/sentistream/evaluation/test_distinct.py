"""A text is met once, however the tweets are cut into batches."""

import numpy as np
import pyarrow as pa

from sentistream.evaluation.distinct import Distinct


def test_a_text_is_met_once_over_many_batches_and_in_another_form() -> None:
    numbers = np.random.default_rng(3).integers(0, 300, 1000)
    texts = [f"text{number}" for number in numbers]
    distinct, firsts = Distinct(), []
    for start in range(0, len(texts), 90):
        firsts += distinct.first(pa.array(texts[start : start + 90])).tolist()
    assert [text for text, first in zip(texts, firsts, strict=True) if first] == list(dict.fromkeys(texts))
    assert not distinct.first(pa.array([f" {texts[0]}  "])).any()
    assert distinct.first(pa.array(["fish &amp; chips", "fish & chips", "fish"])).tolist() == [True, False, True]
