from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from sentistream.contracts.labels import WITH_NEUTRAL, LabelMap
from sentistream.evaluation import metrics
from sentistream.evaluation.predictions import Predictions


def test_stored_predictions_give_the_same_figures_and_hold_no_text(tmp_path: Path) -> None:
    given = Predictions(
        LabelMap(WITH_NEUTRAL),
        np.array([3, 5]),
        np.array([0, 2]),
        np.array([[0.5, 0.25, 0.25], [0.4, 0.4, 0.2]]),
        skipped=1,
    )
    given.save(tmp_path / "p.parquet")
    read = Predictions.read(tmp_path / "p.parquet")
    assert metrics.of(read).as_dict() == metrics.of(given).as_dict()
    assert pq.read_schema(tmp_path / "p.parquet").names == ["row", "truth", "p_negative", "p_positive", "p_neutral"]
