import numpy as np
import pytest

from trainer.neural.batches import Encoded, by_length, in_batches, padded

LENGTHS = np.random.default_rng(1).integers(1, 90, 5_003)


def test_an_epoch_has_every_row_once() -> None:
    batches = in_batches(LENGTHS, 32, seed=7, epoch=0)
    assert sorted(np.concatenate(batches)) == list(range(len(LENGTHS)))
    assert max(map(len, batches)) == 32


def test_the_order_follows_from_seed_and_epoch_alone() -> None:
    first, again = (np.concatenate(in_batches(LENGTHS, 32, 7, 1)) for _ in range(2))
    assert (first == again).all()
    for other in (in_batches(LENGTHS, 32, 7, 2), in_batches(LENGTHS, 32, 8, 1)):
        assert (first != np.concatenate(other)).any()


def test_rows_of_a_batch_are_about_equally_long() -> None:
    spread = [np.ptp(LENGTHS[each]) for each in in_batches(LENGTHS, 32, 7, 0)]
    assert np.median(spread) <= 3


def test_what_fills_up_is_masked() -> None:
    tokens, mask = padded([np.array([5, 6]), np.array([7])], pad=1)
    assert tokens.tolist() == [[5, 6], [7, 1]]
    assert mask.tolist() == [[1, 1], [1, 0]]


def test_classes_weigh_the_same_and_a_row_weighs_one() -> None:
    classes = np.array([0] * 60 + [1] * 30 + [2] * 10)
    weights = Encoded([np.array([1])] * 100, classes).weights(3)
    sums = np.bincount(classes, weights[classes])
    assert sums == pytest.approx(100 / 3)


def test_reading_by_length_leaves_no_row_out() -> None:
    assert sorted(np.concatenate(list(by_length(LENGTHS, 64)))) == list(range(len(LENGTHS)))
