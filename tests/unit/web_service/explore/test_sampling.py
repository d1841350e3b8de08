import random
from datetime import UTC, datetime, timedelta

import pytest

from web_service.explore import sampling
from web_service.explore.sampling import SAMPLE_ROWS, SLICES, drawn
from web_service.explore.selection import Selection

DAY = Selection(datetime(2026, 3, 4, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC))


def test_a_sample_has_a_slice_in_each_part_and_is_the_same_for_a_seed() -> None:
    sample = drawn(DAY, 86_400_000)
    assert sample is not None
    assert drawn(DAY, 86_400_000) == sample
    assert drawn(DAY, 86_400_000, seed=8) != sample
    assert len(sample.slices) == SLICES
    part = DAY.length / SLICES
    for number, (begin, end) in enumerate(sample.slices):
        assert DAY.since + number * part <= begin < end <= DAY.since + (number + 1) * part
        assert begin.microsecond == end.microsecond == 0
    assert len(sample.slices) * sample.seconds * 1_000 == pytest.approx(SAMPLE_ROWS, rel=0.1)


def test_a_range_that_is_hardly_larger_than_its_sample_is_read_whole() -> None:
    assert drawn(DAY, 2 * SAMPLE_ROWS) is None
    assert drawn(Selection(DAY.since, DAY.since + timedelta(minutes=1)), 86_400_000) is None


def test_the_interval_holds_the_true_share_as_often_as_it_says() -> None:
    draw = random.Random(5)  # noqa: S311 - repeatable on purpose
    held = 0
    for _ in range(400):
        slices = []
        for _ in range(SLICES):
            # Tweets of one moment are alike.
            probability, number = draw.choice((0.1, 0.5)), draw.randint(20, 60)
            slices.append((sum(draw.random() < probability for _ in range(number)), number))
        share = sampling.share(slices)
        assert share is not None
        held += share.lowest <= 0.3 <= share.highest
    assert 0.92 <= held / 400 <= 0.98


def test_of_nothing_nothing_is_said() -> None:
    assert sampling.share([(0, 0)] * SLICES) is None
