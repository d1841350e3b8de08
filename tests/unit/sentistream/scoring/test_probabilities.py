import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import probabilities
from sentistream.scoring.errors import UnfitError

MODEL = ModelVersion("m", 7, LabelMap(POLAR), NeutralBand(), "run")
INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    "row",
    [(NAN, NAN), (NAN, 0.5), (0.5, NAN), (-INF, INF), (INF, INF), (-0.5, 1.5), (1.5, -0.5), (0.2, 0.2), (1.0, 1.0)],
)
def test_a_row_that_is_no_distribution_has_no_probability_and_its_neighbours_keep_theirs(
    row: tuple[float, float],
) -> None:
    found = probabilities.of_positive(np.array([(0.25, 0.75), row, (1.0, 0.0)]))
    np.testing.assert_array_equal(found, [0.75, np.nan, 0.0])
    with pytest.raises(UnfitError, match=r"^models:/m/7 gives no probabilities between 0 and 1 for 1 of 3 texts\.$"):
        probabilities.require(found, MODEL)


def test_rounding_stays_within_0_and_1() -> None:
    found = probabilities.of_positive(np.array([(-1e-12, 1 + 1e-12), (0.1 + 0.2, 0.7), (1 + 1e-9, -1e-9)]))
    assert ((found >= 0) & (found <= 1)).all()
    probabilities.require(found, MODEL)


def test_three_classes_and_no_rows_are_probabilities_too() -> None:
    for given in (np.array([(0.2, 0.3, 0.5)]), np.empty((0, 2))):
        found = probabilities.of_positive(given)
        probabilities.require(found, MODEL)
        assert found.shape == (len(given),)
