import pytest

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.errors import UserError


@pytest.mark.parametrize("stored", ["negative,positive", "negative,positive,neutral"])
def test_the_two_label_maps_survive_being_stored(stored: str) -> None:
    labels = LabelMap.parse(stored)
    assert str(labels) == stored
    assert labels.index("positive") == 1


@pytest.mark.parametrize("stored", ["positive,negative", "", "negative,neutral,positive", "negative,positive,other"])
def test_any_other_label_map_is_refused(stored: str) -> None:
    with pytest.raises(UserError, match="is refused"):
        LabelMap.parse(stored)


@pytest.mark.parametrize(("low", "high"), [(0.6, 0.4), (-0.1, 0.5), (0.5, 1.1)])
def test_a_band_outside_the_probabilities_is_refused(low: float, high: float) -> None:
    with pytest.raises(UserError, match="neutral band"):
        NeutralBand(low, high)
