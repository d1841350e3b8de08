"""The profile of a run's winner: what it says of the test rows, which it was neither trained on nor chosen by."""

import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts import split
from sentistream.contracts.labels import NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import Part
from sentistream.drift import profile
from sentistream.drift.profile import Profile
from sentistream.evaluation.predictions import Predictions
from sentistream.scoring.probabilities import of_positive
from sentistream.scoring.sentiment import sentiments
from trainer.data.dataset import Dataset
from trainer.data.languages import TELLING


def of(data: Dataset, test: Predictions, band: NeutralBand) -> Profile:
    """Make the profile of a version from its predictions on the test rows.

    Args:
        data: what it was trained on and measured with.
        test: its predictions on the test rows.
        band: of a two-class version.
    """
    said = f"{split.NAME} by {data.split_by}" if data.split_by != "text" else split.NAME
    rows = data.table(Part.TEST).sort_by("row")
    rows = rows.filter(pc.is_in(rows["row"], pa.array(test.rows)))
    as_scored = ModelVersion("", 0, test.labels, band, "")
    names = pa.array([data.labels.names[int(truth)] for truth in test.truth.tolist()], pa.string())
    held_out = pa.table(
        {
            "text": rows["text"],
            "p_positive": pa.array(of_positive(test.probabilities)),
            "sentiment": sentiments(test.probabilities, as_scored),
            "label": names,
        }
    )
    return profile.of(test.labels, said, data.table(Part.TRAIN)["text"], held_out, TELLING)
