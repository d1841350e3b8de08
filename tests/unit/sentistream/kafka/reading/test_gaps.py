import numpy as np
import pytest

from sentistream.kafka.reading import gaps


@pytest.mark.parametrize(
    ("offsets", "expected"),
    [
        ([], [(3, 9)]),
        ([3, 4, 5, 6, 7, 8], []),
        ([4, 7], [(3, 4), (5, 7), (8, 9)]),
        ([3, 8], [(4, 8)]),
    ],
)
def test_gaps_lie_before_between_and_behind_records(offsets: list[int], expected: list[tuple[int, int]]) -> None:
    assert gaps.between(3, 9, np.array(offsets, np.int64)) == expected


def test_the_first_gaps_are_named() -> None:
    assert gaps.in_words([(3, 4), (6, 9)]) == "3, 6–8"
    assert gaps.in_words([(number, number + 1) for number in range(0, 20, 2)]) == "0, 2, 4, 6, 8, …"
