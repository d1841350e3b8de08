import numpy as np
import pytest

from sentistream.evaluation.metrics import evaluate


def test_metrics_follow_from_the_confusion_matrix() -> None:
    result = evaluate(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0]), ("negative", "positive"))
    assert result.confusion.tolist() == [[2, 1], [1, 1]]
    assert result.accuracy == pytest.approx(3 / 5)
    assert result.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_a_class_that_was_never_predicted_counts_as_zero() -> None:
    result = evaluate(np.array([0, 1]), np.array([0, 0]), ("negative", "positive"))
    assert result.f1.tolist() == pytest.approx([2 / 3, 0])


def test_the_printed_form_names_the_classes() -> None:
    printed = evaluate(np.array([0, 1]), np.array([0, 1]), ("negative", "positive"), skipped=3).as_dict()
    assert printed["confusion"] == {
        "negative": {"negative": 1, "positive": 0},
        "positive": {"negative": 0, "positive": 1},
    }
    assert (printed["rows"], printed["rows_skipped"], printed["accuracy"]) == (2, 3, 1.0)
