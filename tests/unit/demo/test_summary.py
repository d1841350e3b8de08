from itertools import count

import pyarrow as pa

from demo.summary import held_out_accuracy
from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap
from sentistream.contracts.split import Part, part_of

# sentiment, P(positive), label
ROWS = [
    ("positive", 0.9, "positive"),
    ("neutral", 0.55, "positive"),
    ("neutral", 0.45, "positive"),
    ("negative", 0.1, "negative"),
    ("neutral", 0.5, "neutral"),
    ("positive", 0.9, None),
]


def scored(*parts: Part) -> pa.Table:
    texts = (text for n in count() if part_of(text := f"{chr(97 + n % 26)}{chr(97 + n // 26)} words") in parts)
    columns = zip(*((next(texts), *row) for row in ROWS), strict=True)
    return pa.table(dict(zip(("text", "sentiment", "p_positive", "label"), map(list, columns), strict=True)))


def test_the_neutral_of_a_band_is_no_error_and_is_said() -> None:
    assert held_out_accuracy(scored(Part.TEST), LabelMap(POLAR)) == (0.75, 4, 0.5)


def test_a_class_neutral_counts_like_any_other() -> None:
    assert held_out_accuracy(scored(Part.TEST), LabelMap(WITH_NEUTRAL)) == (0.6, 5, 1.0)


def test_rows_that_training_may_have_seen_never_count() -> None:
    assert held_out_accuracy(scored(Part.TRAIN, Part.VALIDATION), LabelMap(POLAR)) == (None, 0, None)
