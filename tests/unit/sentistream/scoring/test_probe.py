import numpy as np
import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, POSITIVE_INDEX, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import probe
from sentistream.scoring.sentiment import sentiments

SENSIBLE = np.array([[0.2, 0.7, 0.1]] * 8 + [[0.7, 0.2, 0.1]] * 8)


def judge(probabilities: np.ndarray, names: tuple[str, ...] = POLAR, band: NeutralBand | None = None) -> None:
    model = ModelVersion("m", 1, LabelMap(names), band or NeutralBand(), "run")
    probe.require_sensible(pa.array(probabilities[:, POSITIVE_INDEX]), sentiments(probabilities, model), model)


def test_sensible_models_pass() -> None:
    judge(SENSIBLE, WITH_NEUTRAL)
    polar = SENSIBLE[:, :2] + 0.05
    judge(polar)
    judge(polar, band=NeutralBand(0.1, 0.9))
    judge(np.where(np.arange(16)[:, None] < 2, polar[::-1], polar))


@pytest.mark.parametrize(
    ("probabilities", "names", "sentence"),
    [
        (SENSIBLE[::-1, :2], POLAR, "only in 0 of 8 pairs"),
        (np.full((16, 2), 0.5), POLAR, "only in 0 of 8 pairs"),
        (np.full((16, 2), np.nan), POLAR, "gives no probability"),
        (np.full((16, 2), 1.5), POLAR, "gives no probability"),
        (np.array([[0.1, 0.9]] * 8 + [[0.2, 0.8]] * 8), POLAR, "calls 8 of 8 clearly negative ones positive"),
        (SENSIBLE[:, [2, 1, 0]], WITH_NEUTRAL, "calls 8 of 8 clearly negative ones neutral"),
        (SENSIBLE[:, [0, 2, 1]], WITH_NEUTRAL, "only in 0 of 8 pairs"),
    ],
    ids=[
        "inverted",
        "constant",
        "no number",
        "out of range",
        "all positive",
        "negative and neutral swapped",
        "positive and neutral swapped",
    ],
)
def test_a_wrong_model_is_refused(probabilities: np.ndarray, names: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        judge(probabilities, names)
